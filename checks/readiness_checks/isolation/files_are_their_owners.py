"""ISO013: files in the platform's storage are their owners' alone."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.storage import Bucket, BucketAccess, StorageEvidence

_DID = {
    "read": "read the file of {} in bucket {}",
    "altered": "replaced the file of {} in bucket {}",
    "destroyed": "deleted the file of {} in bucket {}",
    "forged": "put a file into the folder of {} in bucket {}",
    "published": "made public, with the file of {} in it, bucket {}",
}
_VERBS = {
    "read": "SELECT",
    "altered": "UPDATE",
    "destroyed": "DELETE",
    "forged": "INSERT",
    "published": "UPDATE of storage.buckets",
}


@check(
    id="ISO013",
    title="Files are their owners' alone",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Files are rows of storage.objects, and its policies are shared by all buckets: one that names no "
        "bucket, or no owner, opens invoices and passports as well as pictures."
    ),
    remediation=(
        "Let each policy on storage.objects name its bucket and compare the owner or the first folder of the "
        "path with the caller; make buckets public whose files are for everybody."
    ),
    references=(
        "https://supabase.com/docs/guides/storage/security/access-control",
        "https://cwe.mitre.org/data/definitions/639.html",
    ),
)
def files_are_their_owners(storage: StorageEvidence) -> Iterator[Finding]:
    """Judge each bucket by what others did with a file that is alice's."""
    for bucket in storage.buckets:
        yield _judge(bucket)


def _judge(bucket: BucketAccess) -> Finding:
    subject = f"storage.objects:{bucket.bucket}"
    proven = [h for h in bucket.harms if h.kind != "read" or bucket.kind is Bucket.PRIVATE]
    if proven:
        return _failed(subject, bucket, proven)
    if bucket.harms:
        return unknown(
            subject,
            f"policies let others read bucket {bucket.bucket}, and no migration makes it: whether its files "
            "are for everybody cannot be told",
            fix=f'Make the bucket in a migration, or declare it: [isolation] world_readable = ["{subject}"]',
        )
    if bucket.error and not bucket.hers:
        return failed(
            subject,
            f"Nobody can use bucket {bucket.bucket}: {bucket.error}.",
            reproduce="select name from storage.objects;",
            fix="Mend the policy that raises; it fails for its legitimate user too.",
        )
    if not bucket.hers:
        return passed(subject, "no policy lets a client at its files")
    return passed(subject, f"its owner may, and {bucket.tried} attempts of others came to nothing")


def _failed(subject: str, bucket: BucketAccess, harms: list[Harm]) -> Finding:
    worst, *others = harms
    did = _DID[worst.kind].format(worst.victim, bucket.bucket)
    more = "".join(f" {harm.actor.capitalize()} may {_VERBS[harm.kind]} as well." for harm in others)
    names = [name for verb, name in bucket.policies if verb in {"ALL", _VERBS[worst.kind]}]
    which = f"policy {', '.join(names)}" if names else "no policy stands in the way"
    return failed(
        subject,
        f"As {worst.actor} I {did}: {worst.what} ({_VERBS[worst.kind]}, {which}).{more}",
        reproduce=worst.sql,
        fix=(
            f"Let the policies for {_VERBS[worst.kind]} on storage.objects say bucket_id = '{bucket.bucket}' "
            "and compare owner_id, or (storage.foldername(name))[1], with auth.uid()::text."
        ),
    )
