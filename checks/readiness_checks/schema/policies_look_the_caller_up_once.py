"""SCH013: policies look the caller up once a statement."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.design import callers_by_row
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH013",
    title="Policies look the caller up once a statement",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale="A function call in a policy is made for each row; in a sub-select it is made once.",
    remediation="Write (select auth.uid()) instead of auth.uid().",
    references=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
)
def policies_look_the_caller_up_once(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,  # noqa: ARG001  says whether there is anything
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(callers_by_row(catalog), sum(len(r.policies) for r in catalog.relations), "policies")
