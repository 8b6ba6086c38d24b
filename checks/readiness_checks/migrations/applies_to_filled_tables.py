"""MIG008: a file that applies to empty tables applies to filled ones."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG008",
    title="A migration applies to tables with rows",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "A new column that is NOT NULL without a default applies to the empty tables of a test and "
        "fails in production, where the deployment stops in its middle."
    ),
    remediation=("Add the column with a default, or without NOT NULL; fill it; then require it."),
    references=("https://www.postgresql.org/docs/current/ddl-alter.html",),
)
def applies_to_filled_tables(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge what the server said when the tables held rows."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    failure = trial.unfilled
    if failure is None:
        unseen = trial.untried or trial.unwatched
        return unknown(trial.name, unseen) if unseen else passed(trial.name)
    return failed(
        trial.name,
        f"{trial.name} fails on tables with rows: {failure.sqlstate} {failure.message}, at "
        f"line {failure.line}: {failure.statement}",
        reproduce=f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {trial.name}  # with a row in the table",
        fix=f"Give the column of line {failure.line} a default, or add it without NOT NULL and fill it.",
    )
