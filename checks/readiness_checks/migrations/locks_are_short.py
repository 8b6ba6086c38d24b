"""MIG010: no statement scans, fills or indexes a filled table while writers wait."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.trials import Held, Trial, TrialEvidence


@check(
    id="MIG010",
    title="Locks that others wait for are short",
    severity=Severity.INFO,
    needs=Strength.ATTACKED,
    rationale=(
        "An index without CONCURRENTLY, a constraint that is validated as it is made and NOT NULL on "
        "an old column read the whole table while writers wait, and whoever queues behind waits too; a "
        "new column that is filled in the same transaction keeps even readers out. "
        "How long depends on production's rows: to note."
    ),
    remediation=(
        "CREATE INDEX CONCURRENTLY in a file of its own; NOT VALID, then VALIDATE CONSTRAINT; the rows of a "
        "new column in a file of its own, in batches; set lock_timeout."
    ),
    references=("https://www.postgresql.org/docs/current/explicit-locking.html",),
)
def locks_are_short(trials: TrialEvidence) -> Iterator[Finding]:
    """Judge the locks that were held on filled tables, and the work under them."""
    for trial in trials.trials:
        yield _judge(trial, trials.role)


def _judge(trial: Trial, role: str) -> Finding:
    found = [held for held in trial.held if held.what != "rewrites"]
    unseen = trial.untried or trial.unwatched or ("" if found else trial.unseen)
    if unseen:
        return unknown(trial.name, unseen)
    if not found:
        return passed(trial.name)
    return failed(
        trial.name,
        f"{trial.name}, {'; '.join(_said(held) for held in found[:3])}.",
        reproduce=(
            f"psql -X -v ON_ERROR_STOP=1 -1 -U {role} -f {trial.name} "
            f'-c "table pg_locks"  # {found[0].lock} on {found[0].relation}'
        ),
        fix=_FIXES.get(
            found[0].what,
            "Use CONCURRENTLY, or NOT VALID and then VALIDATE CONSTRAINT, and set lock_timeout.",
        ),
    )


_FIXES = {"writes most rows": "Fill the rows in a file of its own, in batches, after the lock is let go."}


def _said(held: Held) -> str:
    limit = "" if held.limited else ", and no lock_timeout ends the wait for it"
    if held.beside:
        return (
            f"line {held.line} {held.what} of {held.beside} while {held.relation} ({held.rows} rows) is "
            f"closed under {held.lock}: {held.statement}"
        )
    place = f"{'of' if held.what.endswith('rows') else 'on'} {held.relation} ({held.rows} rows)"
    return f"line {held.line} {held.what} {place} under {held.lock}{limit}: {held.statement}"
