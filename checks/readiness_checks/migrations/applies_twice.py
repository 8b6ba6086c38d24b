"""MIG002: a second application of a file succeeds."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG002",
    title="A migration may be applied a second time",
    severity=Severity.INFO,
    needs=Strength.ATTACKED,
    rationale=(
        "Where a tool records what it applied, a second application never comes, and nothing is wrong "
        "with a file that refuses it; so this is to note. Where files are run by hand or by a script, "
        "a retry after a lost connection stops here."
    ),
    remediation=(
        "Use IF NOT EXISTS, OR REPLACE and ON CONFLICT, or rely on a tool that records what it applied."
    ),
    references=("https://www.postgresql.org/docs/current/sql-createtable.html",),
)
def applies_twice(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge what the server said to the second application."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    if trial.untried or trial.again_untried:
        return unknown(trial.name, trial.untried or trial.again_untried)
    failure = trial.again
    if failure is None:
        return passed(trial.name)
    return failed(
        trial.name,
        f"Applying {trial.name} a second time fails: {failure.sqlstate} {failure.message}, at line "
        f"{failure.line}: {failure.statement}",
        reproduce=f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {trial.name} -f {trial.name}",
        fix=f"Let line {failure.line} do nothing where it was done already.",
    )
