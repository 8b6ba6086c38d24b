"""SCH006: policies for writes ask something of the row."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.points import findings
from pytest_readiness.judges.lints.policies import open_writes


@check(
    id="SCH006",
    title="Policies for writes ask something of the row",
    severity=Severity.LOW,
    needs=Strength.CATALOG,
    rationale=(
        "USING (true) on UPDATE or DELETE is row-level security in name alone; WITH CHECK (true) "
        "beside a strict USING lets everybody insert, or whoever owns a row give it to anybody."
    ),
    remediation="Compare the owner's column with the caller in USING and WITH CHECK.",
    references=("https://www.postgresql.org/docs/current/sql-createpolicy.html",),
)
def write_policies_ask_something(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        open_writes(catalog, schema), sum(len(r.policies) for r in catalog.relations), "policies"
    )
