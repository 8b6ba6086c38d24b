"""MIG005: no file leaves a transaction open, whose work is lost with the connection."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG005",
    title="What a migration did is kept",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "A file that begins a transaction and does not commit it ends without an error, and all that "
        "it did is rolled back when the connection closes. The tool records it as applied."
    ),
    remediation=("Add the COMMIT, or leave out the BEGIN: tools send a file as one transaction."),
    references=("https://www.postgresql.org/docs/current/sql-begin.html",),
)
def what_ran_is_kept(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge whether a transaction was open when the file had ended."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    if trial.open:
        return failed(
            trial.name,
            f"{trial.name} ends without an error inside the transaction that line {trial.open} begins: "
            "nothing of it is kept.",
            reproduce=f"psql -X -v ON_ERROR_STOP=1 -U {role} -f {trial.name}  # and look for what it made",
            fix=f"Add COMMIT at the end, or leave out line {trial.open}.",
        )
    if trial.untried:
        return unknown(trial.name, trial.untried)
    return passed(trial.name)
