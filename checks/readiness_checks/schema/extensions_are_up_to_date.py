"""SCH024: extensions are as new as the server has them."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.extensions import old_extensions
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH024",
    title="Extensions are as new as the server has them",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "A version that a migration pins, or that an upgrade of the server left behind, misses the fixes "
        "of its successors."
    ),
    remediation="ALTER EXTENSION … UPDATE, and no VERSION where it is created.",
    references=("https://www.postgresql.org/docs/current/sql-alterextension.html",),
)
def extensions_are_up_to_date(
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(old_extensions(schema), len(schema.extensions), "extensions")
