"""SCH007: secrets and personal data are guarded by policies."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import sensitive_columns, tables
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH007",
    title="Secrets and personal data are guarded by policies",
    severity=Severity.HIGH,
    needs=Strength.CATALOG,
    rationale=(
        "Columns named like passwords, numbers of cards or of persons stand in a table that the API "
        "reads whole."
    ),
    remediation="Enable row-level security, or move the columns to a schema that the API does not show.",
    references=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def sensitive_columns_are_guarded(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(sensitive_columns(catalog, schema), len(tables(catalog)), "tables")
