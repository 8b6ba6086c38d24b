"""SCH002: policies are in force where they are written."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import idle_policies
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH002",
    title="Policies are in force where they are written",
    severity=Severity.HIGH,
    needs=Strength.CATALOG,
    rationale=(
        "Policies of a table whose row-level security is off are never asked, and look as if they were."
    ),
    remediation="ALTER TABLE … ENABLE ROW LEVEL SECURITY.",
    references=("https://www.postgresql.org/docs/current/sql-altertable.html",),
)
def policies_are_in_force(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,  # noqa: ARG001  says whether there is anything
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        idle_policies(catalog), sum(bool(r.policies) for r in catalog.relations), "tables with policies"
    )
