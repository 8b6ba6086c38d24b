"""SCH003: the platform's users are not shown through the API."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import exposed_users
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH003",
    title="The platform's users are not shown through the API",
    severity=Severity.HIGH,
    needs=Strength.CATALOG,
    rationale=(
        "A view runs with the rights of its owner: one over auth.users shows the addresses of everybody."
    ),
    remediation=(
        "Revoke SELECT on the view, filter by auth.uid(), or keep what is public in a table of its own."
    ),
    references=("https://www.postgresql.org/docs/current/sql-createview.html",),
)
def platform_users_are_not_exposed(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        exposed_users(catalog, schema), len(schema.views_of_users), "views of the platform's users"
    )
