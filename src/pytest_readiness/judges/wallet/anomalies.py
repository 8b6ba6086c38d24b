"""The name of what several sessions did to a wallet that no order of their calls explains."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING

from pytest_readiness.judges.wallet.ledger import disorder
from pytest_readiness.judges.wallet.outcomes import allows

if TYPE_CHECKING:
    from pytest_readiness.evidence.wallet import Observed, Outcome

HANGS = "hangs"
DEADLOCK = "40P01"
_KEYED = " with key "
LOST = ", rolled back"


def anomaly(observed: Observed) -> str:
    """Return the name that a person looks up, in the vocabulary of isolation anomalies where one fits."""
    outcome = observed.outcome
    if any(HANGS in answer for answer in outcome.answers):
        return "hang"
    if outcome.troubles and allows(observed):
        # All that callers see is as in some order: only what is written of it differs.
        return disorder(outcome.troubles)
    return _of_sums(observed) or _of_keys(outcome) or _of_refusals(observed)


def _of_sums(observed: Observed) -> str:
    money = _money(observed.outcome)
    if any(amount < 0 for amount in money.values()):
        return "double spend (lost update, P4)"
    totals = {sum(_money(allowed).values()) for allowed in observed.allowed}
    keyed = any(_KEYED in answer for answer in observed.outcome.answers)
    return "lost update (P4)" if totals and not keyed and sum(money.values()) not in totals else ""


def _of_refusals(observed: Observed) -> str:
    outcome = observed.outcome
    if any(DEADLOCK in answer for answer in outcome.answers):
        return "deadlock"
    if outcome.troubles:
        return "torn ledger"
    refused = sum("was refused" in answer for answer in outcome.answers)
    least = min((sum("was refused" in a for a in o.answers) for o in observed.allowed), default=refused)
    names = {refused < least: "write skew (G2-item)", refused > least: "refusal without cause"}
    return names.get(True, "read skew (G-single)")


def _of_keys(outcome: Outcome) -> str:
    """Tell what became of a key that came twice and was answered as done; nothing where none was."""
    keyed = [answer for answer in outcome.answers if _KEYED in answer]
    lost = [answer for answer in keyed if LOST in answer]
    done = [answer for answer in keyed if "was done" in answer and answer not in lost]
    if lost and done:
        return "success that was rolled back (dirty read of a key)"
    return "double effect of one key" if len(done) > 1 else ""


def _money(outcome: Outcome) -> dict[str, Decimal]:
    found = {}
    for letter, shown in outcome.balances:
        try:
            found[letter] = Decimal(shown)
        except InvalidOperation:
            continue
    return found
