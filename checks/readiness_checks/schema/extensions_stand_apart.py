"""SCH018: extensions stand apart from what the API shows."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.schema import SchemaEvidence
from pytest_readiness.judges.lints.extensions import shown_extensions
from pytest_readiness.judges.lints.points import findings


@check(
    id="SCH018",
    title="Extensions stand apart from what the API shows",
    severity=Severity.INFO,
    needs=Strength.CATALOG,
    rationale=(
        "Functions of an extension in such a schema are part of the API, and EXECUTE on them is everybody's."
    ),
    remediation="ALTER EXTENSION … SET SCHEMA extensions, or name the schema where it is created.",
    references=("https://www.postgresql.org/docs/current/sql-alterextension.html",),
)
def extensions_stand_apart(
    schema: SchemaEvidence,
) -> Iterator[Finding]:
    """List what the catalog points at."""
    yield from findings(shown_extensions(schema), len(schema.extensions), "extensions")
