"""SCH023: files of public buckets are not listed."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import listed_buckets
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH023",
    title="Files of public buckets are not listed",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "Files of a public bucket are read by their address; a policy for SELECT on top tells "
        "everybody which there are."
    ),
    remediation="Drop the policy, or let it compare the folder with the caller.",
    references=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
)
def public_buckets_are_not_listed(
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(listed_buckets(schema), len(schema.listed_buckets), "public buckets")
