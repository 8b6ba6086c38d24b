"""MIG004: a file that was broken on purpose, or breaks by itself, leaves nothing."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG004",
    title="A migration that fails leaves nothing behind",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "A file that ends a transaction in its middle, or does what no transaction holds beside other "
        "things, leaves a half when it fails: it neither applies again nor was it applied. Each file "
        "was sent as one batch, which is one transaction unless it says otherwise, and broken. One that "
        "fails by itself was sent statement by statement too, where nothing tells that a tool does not."
    ),
    remediation=(
        "Leave transactions to the tool, or have one BEGIN at the beginning and one COMMIT at the "
        "end; put CONCURRENTLY into a file of its own."
    ),
    references=("https://www.postgresql.org/docs/current/protocol-flow.html#PROTOCOL-FLOW-MULTI-STATEMENT",),
)
def failed_migration_leaves_nothing(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge what was there after a failure and not before."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    at = f" at line {trial.broken.line} ({trial.broken.statement})" if trial.broken else ""
    state = f" with {trial.broken.sqlstate}" if trial.broken and trial.broken.sqlstate else ""
    if trial.left:
        return failed(
            trial.name,
            f"{trial.name} failed{at}{state} and left behind: {'; '.join(trial.left[:3])}.",
            reproduce=f'psql -X -v ON_ERROR_STOP=1 -U {role} -c "$(cat {trial.name})"  # broken{at}',
            fix="Let the file be one transaction: no COMMIT in its middle, CONCURRENTLY in its own file.",
        )
    if trial.left_singly:
        return failed(
            trial.name,
            f"{trial.name} failed{at}{state}, and has no transaction of its own: sent statement by "
            f"statement, as psql does with a file, it left behind: {'; '.join(trial.left_singly[:3])}.",
            reproduce=f"psql -X -v ON_ERROR_STOP=1 -U {role} -f {trial.name}",
            fix="Let the file begin with BEGIN and end with COMMIT, or what applies it do so (psql -1).",
        )
    if trial.untried and trial.broken is None:
        return unknown(trial.name, trial.untried)
    return passed(trial.name)
