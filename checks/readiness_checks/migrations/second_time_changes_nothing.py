"""MIG003: a second application that succeeds changes nothing."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG003",
    title="A migration that may run twice does not act twice",
    severity=Severity.LOW,
    needs=Strength.ATTACKED,
    rationale=(
        "A file that refuses a second application is safe: it rolls back whole. One that succeeds and "
        "acts again adds a balance twice, and nothing tells. A tool that records what it applied "
        "keeps it from that, a retry by hand does not: hence no more than low."
    ),
    remediation=(
        "Write the state that is wanted, not the step to it: ON CONFLICT, WHERE for what is still to "
        "be done; or let the file refuse."
    ),
    references=("https://www.postgresql.org/docs/current/sql-insert.html",),
)
def second_time_changes_nothing(trials: TrialEvidence) -> Iterator[Finding]:
    """Compare catalog and rows after the second application with those after the first."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    if trial.untried or trial.again_untried:
        return unknown(trial.name, trial.untried or trial.again_untried)
    if not trial.changed:
        return passed(trial.name, "the second application is refused whole" if trial.again else "")
    return failed(
        trial.name,
        f"Applying {trial.name} a second time succeeds and acts again: {'; '.join(trial.changed[:3])}.",
        reproduce=f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {trial.name} -f {trial.name}",
        fix="Let the file write a state, not a step, or let it refuse the second time.",
    )
