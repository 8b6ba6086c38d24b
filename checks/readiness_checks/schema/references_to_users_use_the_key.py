"""SCH008: references to the platform's users use their key."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.design import loose_references
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH008",
    title="References to the platform's users use their key",
    severity=Severity.LOW,
    needs=Strength.CATALOG,
    rationale=(
        "The platform may change which other columns of its tables are unique; a foreign key on them "
        "then blocks its upgrade."
    ),
    remediation="Refer to auth.users (id).",
    references=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-FK",),
)
def references_to_users_use_the_key(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        loose_references(schema), sum(len(r.foreign_keys) for r in catalog.relations), "foreign keys"
    )
