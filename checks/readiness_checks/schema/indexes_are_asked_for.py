"""SCH016: indexes are asked for."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.design import unasked_indexes
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH016",
    title="Indexes are asked for",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale="An index that no query uses costs each write and each vacuum.",
    remediation="Look at idx_scan in production, and drop what is never scanned.",
    references=("https://www.postgresql.org/docs/current/monitoring-stats.html",),
)
def indexes_are_asked_for(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(unasked_indexes(catalog, schema), len(schema.indexes), "indexes")
