"""MIG011: no file leaves a table in use with row security and without a policy."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Trial, TrialEvidence


@check(
    id="MIG011",
    title="Row security does not lock out those whose rows it guards",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "Row security without a policy lets nobody in but the owner and roles beyond it. On a table "
        "that was there before, whoever read and wrote his own rows finds none, and no error tells."
    ),
    remediation=("Create the policies in the migration that switches row security on or drops the old ones."),
    references=("https://www.postgresql.org/docs/current/ddl-rowsecurity.html",),
)
def tenants_are_not_locked_out(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge tables that were open before, and whom the end of the history lets in."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    if trial.shut:
        table = trial.shut[0]
        return failed(
            trial.name,
            f"{trial.name} leaves {', '.join(trial.shut)} with row security and no policy that lets anybody "
            "in: users who read their own rows before find none.",
            reproduce=f"psql -X -U {role} -c '\\d {table}'  # row security, and no policy",
            fix=f"Create the policies of {table} in the same file.",
        )
    if trial.untried:
        return unknown(trial.name, trial.untried)
    return passed(trial.name)
