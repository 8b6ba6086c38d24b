"""SCH022: functions with their owner's rights are not for everybody."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import callable_definers
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH022",
    title="Functions with their owner's rights are not for everybody",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "Whatever such a function does, it does beside all policies; EXECUTE is granted to PUBLIC "
        "unless it is revoked."
    ),
    remediation="Revoke EXECUTE from PUBLIC and from the roles of the API that do not need it.",
    references=(
        "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
    ),
)
def definer_functions_are_not_for_all(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        callable_definers(catalog, schema), sum(f.definer for f in catalog.functions), "definer functions"
    )
