"""MIG009: no statement rewrites a table that was there before."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Held, Trial, TrialEvidence


@check(
    id="MIG009",
    title="No table is rewritten while everybody waits",
    severity=Severity.LOW,
    needs=Strength.ATTACKED,
    rationale=(
        "A change of type, a volatile default or a new storage writes every row again under the "
        "strongest lock: readers and writers wait as long as that takes. On a table of a few rows "
        "nobody notices, which a test cannot know: hence no more than low."
    ),
    remediation=("Add a new column, fill it in batches, and change over; or accept the pause and waive it."),
    references=("https://www.postgresql.org/docs/current/sql-altertable.html#SQL-ALTERTABLE-NOTES",),
)
def tables_are_not_rewritten(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge what became of the files that tables lie in."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    if unseen := trial.untried or trial.unwatched:
        return unknown(trial.name, unseen)
    found = [held for held in trial.held if held.what == "rewrites"]
    if not found:
        return passed(trial.name)
    return failed(
        trial.name,
        f"{trial.name}, {'; '.join(_said(held) for held in found[:3])}.",
        reproduce=(
            f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {trial.name} "
            f'-c "table pg_locks"  # {found[0].lock} on {found[0].relation}'
        ),
        fix="Add a new column, fill it in batches, and change over.",
    )


def _said(held: Held) -> str:
    limit = "" if held.limited else ", and no lock_timeout ends the wait for it"
    place = f"{held.relation} ({held.rows} rows)"
    return f"line {held.line} {held.what} {place} under {held.lock}{limit}: {held.statement}"
