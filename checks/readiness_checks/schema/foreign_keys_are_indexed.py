"""SCH011: foreign keys are indexed."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.design import unindexed_references
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH011",
    title="Foreign keys are indexed",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "Each delete of a row that is referred to looks for those that refer to it, without an index "
        "in the whole table."
    ),
    remediation="CREATE INDEX CONCURRENTLY on the columns of the key, in its order.",
    references=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
)
def foreign_keys_are_indexed(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        unindexed_references(catalog, schema),
        sum(len(r.foreign_keys) for r in catalog.relations),
        "foreign keys",
    )
