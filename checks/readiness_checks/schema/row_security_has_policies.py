"""SCH017: row-level security has policies."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import without_policies
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH017",
    title="Row-level security has policies",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "Without a policy nobody but the owner and roles beyond policies sees a row. That may be "
        "meant, and may be a table that was forgotten."
    ),
    remediation="Write the policies, or a comment that says that the table is closed.",
    references=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def row_security_has_policies(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        without_policies(catalog, schema),
        sum(r.rls for r in catalog.relations),
        "tables with row-level security",
    )
