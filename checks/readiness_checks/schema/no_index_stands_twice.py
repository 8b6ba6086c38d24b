"""SCH015: no index stands twice."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.design import twins
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH015",
    title="No index stands twice",
    severity=Severity.LOW,
    needs=Strength.CATALOG,
    rationale="Each write keeps every index; a second one of the same kind serves no query.",
    remediation="DROP INDEX CONCURRENTLY the one that no constraint stands on.",
    references=("https://www.postgresql.org/docs/current/indexes-examine.html",),
)
def no_index_stands_twice(
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(twins(schema), len(schema.indexes), "indexes")
