"""MIG016: handlers name the errors that they expect."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG016",
    title="Handlers name the errors that they expect",
    severity=Severity.INFO,
    needs=Strength.SOURCE,
    rationale=(
        "WHEN OTHERS takes whatever happens. A block that then does nothing, or says so in a notice, "
        "succeeds on a database where it could not do its work, and nobody learns of it. Here it may have "
        "met no error: what was forgotten in the trial is told elsewhere."
    ),
    remediation="Name the condition that is meant (duplicate_object, …), or RAISE at the end of the handler.",
    references=(
        "https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING",
    ),
)
def handlers_name_what_they_expect(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge the text of each block."""
    for trial in trials.trials:
        yield _judge(trial)


def _judge(trial: Trial) -> Finding:
    if trial.command:
        return unknown(trial.name, trial.untried)
    if not trial.forgetful:
        return passed(trial.name)
    line, statement = trial.forgetful[0]
    others = f", and {len(trial.forgetful) - 1} more" if len(trial.forgetful) > 1 else ""
    return failed(
        trial.name,
        f"The block at line {line} of {trial.name} forgets every error ({statement}){others}.",
        reproduce=f"grep -in 'when others' {trial.name}",
        fix=f"Let the handler at line {line} name what it expects, or raise again.",
    )
