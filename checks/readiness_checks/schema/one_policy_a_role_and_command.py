"""SCH014: one permissive policy decides for a role and command."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.design import overlapping_policies
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH014",
    title="One permissive policy decides for a role and command",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "All permissive policies for a role and command are asked for each row, and any of them is enough."
    ),
    remediation="Join them with OR in one policy.",
    references=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
)
def one_policy_a_role_and_command(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,  # noqa: ARG001  says whether there is anything
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        overlapping_policies(catalog), sum(len(r.policies) for r in catalog.relations), "policies"
    )
