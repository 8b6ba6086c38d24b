"""MIG006: a condition skips nothing that the file was written for."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG006",
    title="Conditional statements take effect",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "A block that asks first, IF NOT EXISTS on a name that is taken by something else, and a "
        "handler that forgets every error end without an error and do nothing: the protection that "
        "they should have brought silently never exists."
    ),
    remediation=(
        "Name what is there, or leave out the condition, so that the migration fails where it cannot "
        "do its work."
    ),
    references=(
        "https://www.postgresql.org/docs/current/plpgsql-control-structures.html#PLPGSQL-ERROR-TRAPPING",
    ),
)
def conditional_statements_take_effect(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge what each statement without effect would have needed."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    if not trial.skipped:
        unseen = trial.untried or trial.unwatched
        return unknown(trial.name, unseen) if unseen else passed(trial.name)
    first = trial.skipped[0]
    others = f", and {len(trial.skipped) - 1} more" if len(trial.skipped) > 1 else ""
    state = f"{first.sqlstate} " if first.sqlstate else ""
    return failed(
        trial.name,
        f"{trial.name} succeeds and line {first.line} does nothing: {state}{first.lacking} "
        f"({first.statement}){others}.",
        reproduce=f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {trial.name}  # line {first.line}",
        fix=f"Let line {first.line} fail where it cannot act, or mend what it names.",
    )
