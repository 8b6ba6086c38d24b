"""Conversions from one currency to another, one call after the other."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Legal, Rule
from pytest_readiness.gather.wallet.trials import NOTHING, WORTHLESS, exactly, incoming
from pytest_readiness.gather.wallet.worlds import foreign, stranger

if TYPE_CHECKING:
    from pytest_readiness.gather.wallet.trials import Case, Trials


_LEAST = Decimal("0.000001")
"""No wallet counts in less: what is credited with less is credited with nothing."""


def exchanges(trials: Trials) -> None:
    """Try conversions of every amount and rate."""
    rule = Rule.MOVEMENT
    usual = [exactly(a="-10", b="20")]
    with trials.trial(rule, "exchange", "an exchange of 10 at 2", usual, control=True) as case:
        _currencies(case)
        case.call("exchange", source="a", destination="b", amount="10", rate="2")
    _rounded(trials)
    for worthless in (*WORTHLESS, None):
        what = f"an exchange at {worthless or 'no rate'}"
        with trials.trial(rule, "exchange", what, [NOTHING]) as case:
            _currencies(case)
            case.call("exchange", source="a", destination="b", amount="10", rate=worthless)
    _ends(trials)
    _amounts(trials)


def _rounded(trials: Trials) -> None:
    """Try what is rounded: that goes to the house, and a customer who repeats it must not win."""
    meant = trials.teller.wallet.rounds_to_nothing
    line = "" if meant else "rounds_to_nothing = true"
    for amount, rate in (("0.01", "0.5"), ("1", "0.3333"), ("1", "0.001"), ("3", "0.999999")):
        most = Decimal(amount) * Decimal(rate)
        lost = ("a", -Decimal(amount), -Decimal(amount))
        done = Legal(accepted=True, gains=(lost, ("b", _LEAST, most)))
        gone = Legal(accepted=True, gains=(lost, ("b", Decimal(0), Decimal(0))), line=line)
        what = f"an exchange of {amount} at {rate}"
        legal = [NOTHING, done, *[gone][: meant is not False]]
        with trials.trial(Rule.MOVEMENT, "exchange", what, legal) as case:
            _currencies(case)
            case.call("exchange", source="a", destination="b", amount=amount, rate=rate)


def _ends(trials: Trials) -> None:
    """Try conversions of a wallet to itself, which must not make money, and from or to none."""
    for rate in ("2", "0.5"):
        what = f"an exchange of 10 at {rate} from a wallet to itself"
        with trials.trial(Rule.MOVEMENT, "exchange", what, [Legal(accepted=None)]) as case:
            _currencies(case)
            case.call("exchange", source="a", destination="a", amount="10", rate=rate)
    for place, which in (("source", "from"), ("destination", "to")):
        what = f"an exchange {which} a wallet that does not exist"
        with trials.trial(Rule.MOVEMENT, "exchange", what, [NOTHING]) as case:
            _currencies(case)
            ends = {"source": "a", "destination": "b"} | {place: stranger(case.ids["a"])}
            case.call("exchange", **ends, amount="10", rate="2")


def _amounts(trials: Trials) -> None:
    with trials.trial(
        Rule.AMOUNT, "exchange", "an exchange of 10", [exactly(a="-10", b="20")], control=True
    ) as case:
        _currencies(case)
        case.call("exchange", source="a", destination="b", amount="10", rate="2")
    for worthless in (*WORTHLESS, None):
        what = f"an exchange of {worthless or 'no amount'}"
        with trials.trial(Rule.AMOUNT, "exchange", what, [NOTHING]) as case:
            _currencies(case)
            case.call("exchange", source="a", destination="b", amount=worthless, rate="2")


def unspent(trials: Trials) -> None:
    """Try to convert what is there, and more."""
    rule = Rule.FUNDS
    done = [exactly(a="-10", b="20")]
    with trials.trial(rule, "exchange", "of 100, an exchange of 10", done, control=True) as case:
        _currencies(case)
        case.call("exchange", source="a", destination="b", amount="10", rate="2")
    done = [exactly(a="-100", b="200")]
    with trials.trial(rule, "exchange", "of 100, an exchange of 100", done) as case:
        _currencies(case)
        case.call("exchange", source="a", destination="b", amount="100", rate="2")
    with trials.trial(rule, "exchange", "of 100, an exchange of 101", [NOTHING]) as case:
        _currencies(case)
        case.call("exchange", source="a", destination="b", amount="101", rate="2")


def frozen(trials: Trials) -> None:
    """Try conversions at both ends of which a wallet is frozen."""
    rule = Rule.FROZEN
    done = [exactly(a="-10", b="20")]
    with trials.trial(rule, "exchange", "an exchange without a freeze", done, control=True) as case:
        _currencies(case)
        case.call("exchange", source="a", destination="b", amount="10", rate="2")
    for letter, which in (("a", "from"), ("b", "to")):
        wallet, what = trials.teller.wallet, f"an exchange {which} a frozen wallet"
        legal, line = incoming(wallet, done) if which == "to" else ([NOTHING], "")
        with trials.trial(rule, "exchange", what, legal, line=line) as case:
            _currencies(case)
            case.need("freeze", wallet=letter, frozen="true")
            case.call("exchange", source="a", destination="b", amount="10", rate="2")


def _currencies(case: Case) -> None:
    case.open("a", "100")
    case.open("b", "100", currency=foreign(case.teller.wallet))
