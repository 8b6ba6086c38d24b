"""SCH025: columns that policies compare with the caller are indexed."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.design import unindexed_picks
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH025",
    title="Columns by which policies pick rows are indexed",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "A policy is a condition of every query of users. Where it compares a column with the caller and no "
        "index begins with that column, each of these queries reads the whole table."
    ),
    remediation="CREATE INDEX CONCURRENTLY on the column, alone or before others.",
    references=("https://supabase.com/docs/guides/database/postgres/row-level-security#add-indexes",),
    costs=True,
)
def columns_that_policies_pick_by_are_indexed(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        unindexed_picks(catalog, schema),
        sum(len(r.policies) for r in catalog.relations),
        "policies",
    )
