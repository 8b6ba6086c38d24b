"""SCH012: tables have a primary key."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import tables
from pytest_readiness.judges.lints.design import keyless
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH012",
    title="Tables have a primary key",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale="Without a key rows cannot be told apart, changed by the API, or replicated.",
    remediation="ALTER TABLE … ADD PRIMARY KEY.",
    references=("https://www.postgresql.org/docs/current/ddl-constraints.html#DDL-CONSTRAINTS-PRIMARY-KEYS",),
)
def tables_have_a_primary_key(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,  # noqa: ARG001  says whether there is anything
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(keyless(catalog), len(tables(catalog)), "tables")
