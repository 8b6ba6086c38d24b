"""SCH005: policies ask nothing that users write about themselves."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.points import findings
from pytest_readiness.judges.lints.policies import by_user_metadata


@check(
    id="SCH005",
    title="Policies ask nothing that users write about themselves",
    severity=Severity.HIGH,
    needs=Strength.CATALOG,
    rationale="Every user may edit his user_metadata, and so choose what such a policy decides.",
    remediation="Ask app_metadata, or a table that users cannot write.",
    references=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
)
def policies_ask_no_user_metadata(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,  # noqa: ARG001  says whether there is anything
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        by_user_metadata(catalog), sum(len(r.policies) for r in catalog.relations), "policies"
    )
