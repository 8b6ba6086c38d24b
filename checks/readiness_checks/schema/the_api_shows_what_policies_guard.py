"""SCH020: the API shows only what policies can guard."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import unguardable
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH020",
    title="The API shows only what policies can guard",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "Row-level security does not exist for materialized views and foreign tables: a grant is for "
        "all rows."
    ),
    remediation="Revoke SELECT from the roles of the API, or put them into a schema that it does not show.",
    references=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def the_api_shows_what_policies_guard(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        unguardable(catalog, schema),
        sum(r.kind in {"materialized view", "foreign table"} for r in catalog.relations),
        "materialized views and foreign tables",
    )
