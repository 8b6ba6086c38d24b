"""ISO013 on evidence made by hand: what is public may be read, and what nobody made is not judged as open."""

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.storage import Bucket, BucketAccess, StorageEvidence
from readiness_checks.isolation.files_are_their_owners import files_are_their_owners

POLICIES = (("SELECT", "see"), ("ALL", "everything"), ("DELETE", "remove"))


def finding(kind, *harms, hers=("read",), error=""):
    bucket = BucketAccess("scans", kind, 9, hers, harms, error, POLICIES)
    (found,) = files_are_their_owners(StorageEvidence((bucket,)))
    assert found.subject == "storage.objects:scans"
    return found


def test_a_file_that_others_read_is_told_with_the_policies_for_it(harm):
    found = finding(Bucket.PRIVATE, harm("read"), harm("destroyed"))
    assert found.status is Status.FAILED
    assert found.detail == (
        "As bob I read the file of alice in bucket scans: `canary-1` (SELECT, policy see, everything). "
        "Bob may DELETE as well."
    )
    assert "bucket_id = 'scans'" in found.fix
    assert found.reproduce == "select 'again'"


@pytest.mark.parametrize("kind", ["altered", "destroyed", "forged", "published"])
@pytest.mark.parametrize("bucket", list(Bucket))
def test_whatever_a_bucket_is_for_only_its_owner_writes(harm, kind, bucket):
    assert finding(bucket, harm(kind)).status is Status.FAILED


def test_whether_a_bucket_that_no_migration_makes_is_public_cannot_be_told(harm):
    found = finding(Bucket.UNKNOWN, harm("read"))
    assert found.status is Status.UNKNOWN
    assert 'world_readable = ["storage.objects:scans"]' in found.fix


def test_what_raises_for_everybody_is_broken_and_what_is_closed_passes():
    broken = finding(Bucket.PRIVATE, hers=(), error="42883 function nothing() does not exist")
    assert (broken.status, "42883" in broken.detail) == (Status.FAILED, True)
    closed = finding(Bucket.PRIVATE, hers=())
    assert (closed.status, closed.detail) == (Status.PASSED, "no policy lets a client at its files")
    assert "9 attempts" in finding(Bucket.PRIVATE).detail
