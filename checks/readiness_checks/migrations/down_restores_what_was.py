"""MIG007: where a migration can be taken back, that restores catalog and rows."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import ReversalEvidence, Trial


@check(
    id="MIG007",
    title="Going down restores what was",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "A rollback is needed when something has gone wrong already. One that fails, leaves a type "
        "behind or loses rows makes it worse, and the next application fails."
    ),
    remediation=(
        "Take back everything, in the opposite order; where rows cannot come back, have no down "
        "migration and say so."
    ),
    references=("https://www.postgresql.org/docs/current/sql-createtype.html",),
)
def down_restores_what_was(reversals: ReversalEvidence) -> Iterator[Finding]:
    """Judge the state after up and down against the one before."""
    for trial in reversals.trials:
        yield _judge(trial, reversals.role)


def _judge(trial: Trial, role: str) -> Finding:
    if trial.untried:
        return unknown(trial.name, trial.untried)
    again = f"psql -X -v ON_ERROR_STOP=1 -U {role} -f {trial.name}  # then its down migration"
    if trial.down:
        return failed(
            trial.name,
            f"Taking {trial.name} back fails: {trial.down.sqlstate} {trial.down.message}, at line "
            f"{trial.down.line}: {trial.down.statement}",
            reproduce=again,
        )
    if trial.unrestored:
        return failed(
            trial.name,
            f"Taking {trial.name} back does not restore what was: {'; '.join(trial.unrestored[:3])}.",
            reproduce=again,
            fix="Let the down migration take back that too.",
        )
    return passed(trial.name)
