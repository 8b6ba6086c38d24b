"""SCH001: tables that the API reaches have row-level security."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.access import AccessEvidence
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import tables, without_row_security
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH001",
    title="Tables that the API reaches have row-level security",
    severity=Severity.HIGH,
    needs=Strength.CATALOG,
    rationale=(
        "Without row-level security a grant is for all rows: whoever has the public key of the API "
        "reads and writes the whole table."
    ),
    remediation=(
        "Enable row-level security, with a policy for each command that clients need; or revoke the grants."
    ),
    references=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def exposed_tables_have_row_security(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
    access: AccessEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(without_row_security(catalog, schema), len(tables(catalog)), "tables", access)
