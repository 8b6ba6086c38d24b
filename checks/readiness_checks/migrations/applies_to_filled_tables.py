"""MIG008: a file that applies to empty tables applies to filled ones, and leaves them able to grow."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Behind, Trial, TrialEvidence
from pytest_readiness.judges.migrations.refused import OF_VALUES


@check(
    id="MIG008",
    title="A migration applies to tables with rows, and they take new ones after it",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "A new column that is NOT NULL without a default applies to the empty tables of a test and "
        "fails in production, where the deployment stops in its middle. A key that a new sequence numbers "
        "from 1 meets the rows that are there: inserts fail until it has passed them."
    ),
    remediation=(
        "Add the column with a default, or without NOT NULL; fill it; then require it. Set a new sequence "
        "behind the highest number that is there (setval)."
    ),
    references=("https://www.postgresql.org/docs/current/ddl-alter.html",),
)
def applies_to_filled_tables(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge what the server said when the tables held rows."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    failure = trial.unfilled
    if failure is None and trial.behind:
        return _behind(trial, trial.behind[0], role)
    if failure is None:
        unseen = trial.untried or trial.unwatched
        if trial.refused.startswith(OF_VALUES):
            unseen = f"rows of the trial do not fit, and production's may not either: {trial.refused}"
        if unseen:
            return unknown(trial.name, unseen)
        own = "whether rows meet the constraint, only they know; those of the trial did not: "
        return passed(trial.name, f"{own}{trial.refused}" if trial.refused else "")
    return failed(
        trial.name,
        f"{trial.name} fails on tables with rows: {failure.sqlstate} {failure.message}, at "
        f"line {failure.line}: {failure.statement}",
        reproduce=f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {trial.name}  # with a row in the table",
        fix=_FIXES.get(failure.sqlstate, "Mend the rows in the same file, before line {}.").format(
            failure.line
        ),
    )


_FIXES = {
    "23502": "Give the column of line {} a default, or add it without NOT NULL and fill it.",
    "2D000": "Let line {} not commit: the tool of this platform sends each file as one transaction.",
}


def _behind(trial: Trial, found: Behind, role: str) -> Finding:
    return failed(
        trial.name,
        f"After {trial.name} the next number that {found.table}.{found.column} is given is {found.next}, and "
        f"its rows have numbers up to {found.last}: inserts fail until {found.sequence} has passed them.",
        reproduce=f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {trial.name}  # then insert a row",
        fix=f"Set {found.sequence} behind the highest {found.column} with setval, in the same file.",
    )
