"""SCH010: other functions fix their search path too."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.access import movable_paths
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH010",
    title="Other functions fix their search path too",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale="A function without a search path of its own may do something else for each caller.",
    remediation="SET search_path = '' on the function, and qualified names in it.",
    references=("https://www.postgresql.org/docs/current/sql-createfunction.html",),
)
def functions_fix_their_path(
    catalog: CatalogEvidence,
    schema: SchemaEvidence,  # noqa: ARG001  says whether there is anything
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(
        movable_paths(catalog, definer=False),
        sum(not f.definer for f in catalog.functions),
        "other functions",
    )
