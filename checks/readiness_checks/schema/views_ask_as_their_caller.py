"""SCH004: views ask policies as their caller."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.access import AccessEvidence
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import owner_views
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH004",
    title="Views ask policies as their caller",
    severity=Severity.MEDIUM,
    needs=Strength.CATALOG,
    rationale=(
        "A view reads with the rights of its owner, whom no policy binds, unless it says security_invoker."
    ),
    remediation="ALTER VIEW … SET (security_invoker = on).",
    references=("https://www.postgresql.org/docs/current/sql-createview.html",),
)
def views_ask_as_their_caller(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
    access: AccessEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        owner_views(catalog, schema), sum(r.kind == "view" for r in catalog.relations), "views", access
    )
