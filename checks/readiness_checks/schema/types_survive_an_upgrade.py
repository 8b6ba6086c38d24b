"""SCH021: columns have types that an upgrade takes."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import tables
from pytest_readiness.judges.lints.design import odd_types
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH021",
    title="Columns have types that an upgrade takes",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale="pg_upgrade refuses a database with columns of types that name catalog rows by number.",
    remediation="Store the name as text.",
    references=("https://www.postgresql.org/docs/current/pgupgrade.html",),
)
def types_survive_an_upgrade(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(odd_types(schema), len(tables(catalog)), "tables")
