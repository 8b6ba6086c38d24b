"""MIG013: what migrations leave behind does not fail whenever it is used."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Broken, CodeEvidence


@check(
    id="MIG013",
    title="Functions, triggers and views that migrations leave behind work",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "The server does not look into the body of a function when it is made: one that names a missing "
        "table, column or function applies, and fails on the first call, or on the first one that takes the "
        "branch. In a trigger it fails every write."
    ),
    remediation="Mend the statement, or drop what nobody calls.",
    references=("https://www.postgresql.org/docs/current/plpgsql-implementation.html",),
)
def code_left_behind_works(code: CodeEvidence) -> Iterator[Finding]:
    """Judge what the server said when each statement was planned."""
    for broken in code.broken:
        yield _failed(broken)
    for subject in dict.fromkeys(code.working):
        yield passed(subject)
    for subject, reason in code.untold.items():
        yield unknown(subject, reason)


def _failed(broken: Broken) -> Finding:
    place = f" ({broken.file}, line {broken.line})" if broken.file else ""
    return failed(
        broken.subject,
        f"The {broken.kind} {broken.subject} was made and fails when it is used: {broken.sqlstate} "
        f"{broken.message}, in: {broken.statement}{place}.",
        reproduce=broken.reproduce,
        fix=f"Mend the statement{place}: what it names does not exist.",
    )
