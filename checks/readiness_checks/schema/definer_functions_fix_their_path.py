"""SCH009: functions with their owner's rights fix their search path."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import movable_paths
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH009",
    title="Functions with their owner's rights fix their search path",
    severity=Severity.LOW,
    needs=Strength.CATALOG,
    rationale=(
        "A definer function that looks for names along its caller's path finds his tables and "
        "functions first, and uses them with its owner's rights."
    ),
    remediation="SET search_path = '' on the function, and qualified names in it.",
    references=(
        "https://www.postgresql.org/docs/current/sql-createfunction.html#SQL-CREATEFUNCTION-SECURITY",
    ),
)
def definer_functions_fix_their_path(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,  # noqa: ARG001  says whether there is anything
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        movable_paths(catalog, definer=True), sum(f.definer for f in catalog.functions), "definer functions"
    )
