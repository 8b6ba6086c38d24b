"""One call after the other: what each rule of a wallet must withstand, on every operation it applies to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Legal, Rule, Unassessed, WalletEvidence
from pytest_readiness.gather.wallet import conversions, keys
from pytest_readiness.gather.wallet.adapted import open_teller
from pytest_readiness.gather.wallet.sweep import sweep
from pytest_readiness.gather.wallet.trials import (
    NOTHING,
    WORTHLESS,
    Case,
    Trials,
    exactly,
    having,
    incoming,
)
from pytest_readiness.gather.wallet.worlds import foreign, stranger
from pytest_readiness.settings.wallet import LINES, TEMPLATES
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.wallet.teller import Teller
    from pytest_readiness.settings import Wallet

ABSENT = f"settings declare no wallet; where there is one, add with your own names:\n{LINES}"
_EXAMPLES = {
    "freeze": (Rule.FROZEN, "freeze", 'freeze = "select wallet_freeze(%(wallet)s, %(frozen)s)"'),
    "limit": (Rule.FUNDS, "limit", 'limit = "select wallet_set_limit(%(wallet)s, %(limit)s)"'),
    "owner_limit": (
        Rule.FUNDS,
        "owner_limit",
        'owner_limit = "select owner_set_limit(%(owner)s, %(limit)s)"',
    ),
    "exchange": (
        Rule.MOVEMENT,
        "exchange",
        'exchange = "select wallet_exchange(%(source)s, %(destination)s, %(amount)s, %(rate)s, %(key)s)"',
    ),
}


@gatherer(strength=Strength.ATTACKED)
def wallet(target: Target) -> WalletEvidence:
    """Make all trials that need one caller."""
    if not target.settings.wallet.declared:
        return WalletEvidence(absent=ABSENT)
    teller = open_teller(target)
    trials = run(teller)
    return WalletEvidence(tuple(trials.made), tuple(unassessed(teller)))


def run(teller: Teller) -> Trials:
    """Make the trials of every rule."""
    trials = Trials(teller)
    movements(trials)
    sweep(trials)
    _amounts(trials)
    _frozen(trials)
    _funds(trials)
    _limits(trials)
    if teller.wallet.exchange:
        conversions.exchanges(trials)
        conversions.unspent(trials)
        if teller.wallet.freeze:
            conversions.frozen(trials)
    for operation in ("deposit", "transfer", "exchange"):
        if getattr(teller.wallet, operation) and teller.wallet.takes(operation, "key"):
            keys.tried(trials, operation)
    return trials


def unassessed(teller: Teller) -> Iterator[Unassessed]:
    """Yield the capabilities that settings, or the adapter that they name, do not give."""
    declared = teller.wallet
    for name, (rule, subject, line) in _EXAMPLES.items():
        if not getattr(declared, name):
            yield Unassessed(rule, subject, to_add(declared, name, line))
    for operation in ("deposit", "transfer"):
        if not declared.takes(operation, "key"):
            yield Unassessed(Rule.KEY, operation, keyed(declared, operation))


def to_add(declared: Wallet, operation: str, line: str) -> str:
    """Return the line that brings an operation into scope, in the adapter where there is one."""
    if not declared.adapter:
        return line
    return f"def {operation}(self, {', '.join(TEMPLATES[operation])}): ...  # in {declared.adapter}"


def keyed(declared: Wallet, operation: str) -> str:
    """Return the line that gives an operation its key."""
    line = f"{operation} = {getattr(declared, operation)!r}  # with %(key)s, an idempotency key"
    return to_add(declared, operation, line)


def movements(trials: Trials) -> None:
    """Try what moves money, and what must not."""
    rule = Rule.MOVEMENT
    with trials.trial(rule, "deposit", "a deposit of 10", [exactly(a="10")], control=True) as case:
        case.open("a")
        case.call("deposit", wallet="a", amount="10")
    moved = [exactly(a="-10", b="10")]
    with trials.trial(rule, "transfer", "a transfer of 10", moved, control=True) as case:
        _pair(case)
        case.call("transfer", source="a", destination="b", amount="10")
    # Its first read may have filled a cache, which the second is answered from.
    twice = [exactly(a="-30", b="30")]
    with trials.trial(rule, "transfer", "transfers of 10 and of 20", twice, control=True) as case:
        _pair(case)
        case.call("transfer", source="a", destination="b", amount="10")
        trials.teller.balance(case.ids["a"])
        case.call("transfer", source="a", destination="b", amount="20")
    either = [Legal(accepted=None)]
    with trials.trial(rule, "transfer", "a transfer of 5 from a wallet to itself", either) as case:
        _pair(case)
        case.call("transfer", source="a", destination="a", amount="5")
    for place, which in (("source", "from"), ("destination", "to")):
        what = f"a transfer {which} a wallet that does not exist"
        with trials.trial(rule, "transfer", what, [NOTHING]) as case:
            _pair(case)
            ends = {"source": "a", "destination": "a"} | {place: stranger(case.ids["a"])}
            case.call("transfer", **ends, amount="5")
    with trials.trial(rule, "deposit", "a deposit to a wallet that does not exist", [NOTHING]) as case:
        _pair(case)
        case.call("deposit", wallet=stranger(case.ids["a"]), amount="5")
    if trials.teller.wallet.takes("create", "currency"):
        kept = [NOTHING, exactly(a="10")]
        with trials.trial(rule, "deposit", "a deposit of 10 in another currency", kept) as case:
            case.open("a", currency=foreign(trials.teller.wallet))
            case.call("deposit", wallet="a", amount="10")
        with trials.trial(rule, "transfer", "a transfer between currencies", [NOTHING]) as case:
            case.open("a", "100")
            case.open("b", currency=foreign(trials.teller.wallet))
            case.call("transfer", source="a", destination="b", amount="5")


def _amounts(trials: Trials) -> None:
    """Try amounts that are none, and amounts that not every wallet can hold: exactly, or not at all."""
    rule = Rule.AMOUNT
    with trials.trial(rule, "deposit", "a deposit of 10", [exactly(a="10")], control=True) as case:
        case.open("a")
        case.call("deposit", wallet="a", amount="10")
    with trials.trial(rule, "transfer", "a transfer of 10", [exactly(a="-10", b="10")], control=True) as case:
        _pair(case)
        case.call("transfer", source="a", destination="b", amount="10")
    for amount in (*WORTHLESS, None):
        shown = "no amount" if amount is None else amount
        with trials.trial(rule, "deposit", f"a deposit of {shown}", [NOTHING]) as case:
            case.open("a", "100")
            case.call("deposit", wallet="a", amount=amount)
        with trials.trial(rule, "transfer", f"a transfer of {shown}", [NOTHING]) as case:
            _pair(case, other="100")
            case.call("transfer", source="a", destination="b", amount=amount)
    for amount in ("0.005", "10.005", "0.00000001", "1e30"):
        with trials.trial(rule, "deposit", f"a deposit of {amount}", [NOTHING, exactly(a=amount)]) as case:
            case.open("a", "100")
            case.call("deposit", wallet="a", amount=amount)
        exact = exactly(a=f"-{amount}", b=amount)
        with trials.trial(rule, "transfer", f"a transfer of {amount}", [NOTHING, exact]) as case:
            _pair(case)
            case.call("transfer", source="a", destination="b", amount=amount)
    _decimals(trials)


def _decimals(trials: Trials) -> None:
    """What is no sum of binary fractions leaves a rest where money is kept in them."""
    legal = [having({"b": "0.3"}), having({"a": "0.3"}, accepted=False), NOTHING]
    what = "deposits of 0.1 and 0.2, and a transfer of their sum"
    with trials.trial(Rule.AMOUNT, "transfer", what, legal) as case:
        case.open("a")
        case.open("b")
        first = case.call("deposit", wallet="a", amount="0.1")
        if first.accepted:
            case.call("deposit", wallet="a", amount="0.2")
            case.call("transfer", source="a", destination="b", amount="0.3")


def _frozen(trials: Trials) -> None:
    if not trials.teller.wallet.freeze:
        return
    rule = Rule.FROZEN
    moved = [exactly(a="-10", b="10")]
    with trials.trial(rule, "transfer", "a transfer before the freeze", moved, control=True) as case:
        _pair(case)
        case.call("transfer", source="a", destination="b", amount="10")
    with trials.trial(rule, "transfer", "a transfer after the freeze was lifted", moved) as case:
        _pair(case)
        case.need("freeze", wallet="a", frozen="true")
        case.need("freeze", wallet="a", frozen="false")
        case.call("transfer", source="a", destination="b", amount="10")
    for letter, which in (("a", "from"), ("b", "to")):
        legal, line = incoming(trials.teller.wallet, moved) if which == "to" else ([NOTHING], "")
        what = f"a transfer {which} a frozen wallet"
        with trials.trial(rule, "transfer", what, legal, line=line) as case:
            _pair(case)
            case.need("freeze", wallet=letter, frozen="true")
            case.call("transfer", source="a", destination="b", amount="10")
    with trials.trial(
        rule, "deposit", "a deposit before the freeze", [exactly(a="10")], control=True
    ) as case:
        case.open("a")
        case.call("deposit", wallet="a", amount="10")
    legal, line = incoming(trials.teller.wallet, [exactly(a="10")])
    with trials.trial(rule, "deposit", "a deposit to a frozen wallet", legal, line=line) as case:
        case.open("a", "100")
        case.need("freeze", wallet="a", frozen="true")
        case.call("deposit", wallet="a", amount="10")


def _funds(trials: Trials) -> None:
    rule = Rule.FUNDS
    moved = [exactly(a="-10", b="10")]
    with trials.trial(rule, "transfer", "of 100, a transfer of 10", moved, control=True) as case:
        _pair(case)
        case.call("transfer", source="a", destination="b", amount="10")
    all_of_it = [exactly(a="-100", b="100")]
    with trials.trial(rule, "transfer", "of 100, a transfer of 100", all_of_it) as case:
        _pair(case)
        case.call("transfer", source="a", destination="b", amount="100")
    for amounts, legal in ((("101",), NOTHING), (("100", "1"), exactly(accepted=False, a="-100", b="100"))):
        with trials.trial(rule, "transfer", f"of 100, transfers of {' and '.join(amounts)}", [legal]) as case:
            _pair(case)
            for amount in amounts:
                case.call("transfer", source="a", destination="b", amount=amount)
    for amount in ("100.01", "1000000000000"):
        with trials.trial(rule, "transfer", f"of 100, a transfer of {amount}", [NOTHING]) as case:
            _pair(case)
            case.call("transfer", source="a", destination="b", amount=amount)


def _limits(trials: Trials) -> None:
    """A limit counts what was spent before it on the same day, and admits what meets it exactly."""
    for subject in ("limit", "owner_limit"):
        if not getattr(trials.teller.wallet, subject):
            continue
        for amounts, legal in (
            (("70",), exactly(a="-70", b="70")),
            (("70", "30"), exactly(a="-100", b="100")),
            (("70", "31"), exactly(accepted=False, a="-70", b="70")),
            (("101",), NOTHING),
        ):
            what = f"under a limit of 100, spending {' and '.join(amounts)}"
            control = amounts == ("70",)
            with trials.trial(Rule.FUNDS, subject, what, [legal], control=control) as case:
                _limited(case, subject)
                for amount in amounts:
                    case.call("transfer", source="a", destination="b", amount=amount)
        _lifted(trials, subject)
    if trials.teller.wallet.owner_limit:
        spent = exactly(accepted=False, a="-70", b="70")
        what = "under a limit of 100 for the owner of two wallets, transfers of 70 from each"
        with trials.trial(Rule.FUNDS, "owner_limit", what, [spent]) as case:
            _limited(case, "owner_limit")
            case.open("c", "500", owner="a")
            case.call("transfer", source="a", destination="b", amount="70")
            case.call("transfer", source="c", destination="b", amount="70")


def _lifted(trials: Trials, subject: str) -> None:
    """A limit that is set to nothing is lifted or stays, and touches neither money nor a freeze."""
    moved = [exactly(a="-10", b="10"), NOTHING]
    what = "under a limit of 100 that was set to NULL, a transfer of 10"
    with trials.trial(Rule.FUNDS, subject, what, moved) as case:
        _limited(case, subject)
        case.call(subject, **_HOLDER[subject], limit=None)
        case.call("transfer", source="a", destination="b", amount="10")
    if trials.teller.wallet.freeze:
        what = f"a transfer from a frozen wallet whose {subject} was set to NULL"
        with trials.trial(Rule.FROZEN, "transfer", what, [NOTHING]) as case:
            _limited(case, subject)
            case.need("freeze", wallet="a", frozen="true")
            case.call(subject, **_HOLDER[subject], limit=None)
            case.call("transfer", source="a", destination="b", amount="10")


_HOLDER = {"limit": {"wallet": "a"}, "owner_limit": {"owner": "a"}}


def _limited(case: Case, subject: str) -> None:
    case.open("a", "500")
    case.open("b")
    case.need(subject, **_HOLDER[subject], limit="100")


def _pair(case: Case, funds: str = "100", other: str = "0") -> None:
    case.open("a", funds)
    case.open("b", other)
