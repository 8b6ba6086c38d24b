"""SCH019: not everybody adds rows of any kind."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.points import findings
from pytest_readiness.judges.lints.policies import open_inserts


@check(
    id="SCH019",
    title="Not everybody adds rows of any kind",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale="A form that everybody may fill needs WITH CHECK (true); any other table does not.",
    remediation="Let WITH CHECK compare the owner with the caller.",
    references=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
)
def rows_are_not_added_by_anybody(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        open_inserts(catalog, schema), sum(len(r.policies) for r in catalog.relations), "policies"
    )
