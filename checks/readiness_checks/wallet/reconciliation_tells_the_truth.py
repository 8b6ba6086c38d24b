"""WAL008: reconciliation reports every mismatch, and nothing else."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.load import LoadEvidence
from pytest_readiness.evidence.wallet import LedgerEvidence

LINE = 'reconcile = "select * from wallet_reconcile()"'


@check(
    id="WAL008",
    title="Reconciliation reports every mismatch, and nothing else",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "Reconciliation is the last net. One that compares grand totals misses changes that offset each "
        "other, and one that cries without cause is switched off."
    ),
    remediation=(
        "Compare the balance of each wallet with the sum of its entries, and the entries of each transfer "
        "and currency with zero, in one statement, so that they are of one snapshot."
    ),
    references=("https://www.postgresql.org/docs/current/transaction-iso.html",),
)
def reconciliation_tells_the_truth(ledger: LedgerEvidence, load: LoadEvidence) -> Iterator[Finding]:
    """Judge what it said of a sound ledger, of one that others write to, and of a changed one."""
    if ledger.sound is None:
        said = ledger.error or f"settings do not give it; add to [wallet], with your own names:\n{LINE}"
        yield unknown("reconcile", said, reason="error" if ledger.error else "not declared", fix=LINE)
        return
    if ledger.sound:
        yield failed(
            "sound ledger",
            f"only the wallet has written, and reconciliation reports {len(ledger.sound)} problems, "
            f"the first: {ledger.sound[0]}",
            reproduce="run deposits and transfers through the wallet, then `reconcile`",
        )
        return
    yield passed("sound ledger", "nothing is reported of what only the wallet wrote")
    if load.reconciled and load.settled is not None:
        yield _under_load(load.reconciled, set(load.settled))
    if not ledger.tampering:
        why = (
            ledger.error or "add `ledger` and `entries` to [wallet], so that the ledger can be tampered with"
        )
        yield unknown("tampered ledger", why, reason="not declared")
    for change in ledger.tampering:
        if not change.done:
            yield unknown(change.what, f"it could not be brought about: {change.error}")
        elif change.problems:
            yield passed(change.what, f"it is reported ({change.problems} rows)")
        else:
            yield failed(
                change.what,
                "the ledger was changed behind its triggers, and reconciliation reports nothing",
                reproduce=change.script,
            )


def _under_load(reconciled: tuple[tuple[str, ...], ...], settled: set[str]) -> Finding:
    """Compare what was reported while money moved with what was left of it afterwards."""
    cried = [rows for rows in reconciled if set(rows) - settled]
    if not cried:
        return passed("under load", f"{len(reconciled)} reconciliations while others wrote reported no more")
    return failed(
        "under load",
        f"{len(cried)} of {len(reconciled)} reconciliations while transfers ran reported what was not so "
        f"afterwards: {cried[0][0]}",
        reproduce="run transfers on several connections, and `reconcile` on another meanwhile",
    )
