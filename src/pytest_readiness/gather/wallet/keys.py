"""Idempotency keys, one call after the other: a key has one effect, and what it answers is true."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Legal, Rule
from pytest_readiness.gather.wallet.trials import Trials, having
from pytest_readiness.gather.wallet.worlds import foreign

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractContextManager

    from pytest_readiness.gather.wallet.trials import Case

Gains = dict[str, str]
ONCE: dict[str, Gains] = {
    "deposit": {"a": "30"},
    "transfer": {"a": "-30", "b": "30"},
    "exchange": {"a": "-30", "b": "60"},
}
"""What each wallet gains from one call with 30."""


def tried(trials: Trials, operation: str) -> None:
    """Make all trials of the keys of one operation."""
    once = ONCE[operation]
    with _trial(trials, operation, "", [having(once)], control=True) as case:
        wallets(case, operation)
        _call(case, operation, "30")
    either = [having(once, accepted=None)]
    with _trial(trials, operation, " made twice with one key", either, repeats=True) as case:
        wallets(case, operation)
        key = trials.teller.key()
        _call(case, operation, "30", key)
        _call(case, operation, "30", key)
    with _trial(trials, operation, " made again after another", [_sum("1", operation)], repeats=True) as case:
        wallets(case, operation)
        key = trials.teller.key()
        for amount, used in (("30", key), ("1", trials.teller.key()), ("30", key)):
            _call(case, operation, amount, used)
    twice = [having(added(once, once))]
    with _trial(trials, operation, " made twice with keys that differ at their ends", twice) as case:
        wallets(case, operation)
        key = trials.teller.key()
        _call(case, operation, "30", key)
        _call(case, operation, "30", f"{key[:-1]}{'1' if key[-1] == '0' else '0'}")
    # Whoever takes no such key, as a column of uuid does not, refuses both.
    either = [having(added(once, once)), Legal(accepted=False)]
    with _trial(trials, operation, " made twice with keys that differ in case alone", either) as case:
        wallets(case, operation)
        key = trials.teller.key()[:-1]
        _call(case, operation, "30", f"{key}g")
        _call(case, operation, "30", f"{key}G")
    _other_bodies(trials, operation)
    _other_scopes(trials, operation)
    _missing(trials, operation)
    if operation != "deposit":
        _after_refusal(trials, operation)


def _other_bodies(trials: Trials, operation: str) -> None:
    """A key that is used again for something else is refused: an answer of success would be a lie."""
    refused = [having(ONCE[operation], accepted=False)]
    for amount in ("31", "30.01"):
        with _trial(trials, operation, f" whose key comes again with {amount}", refused) as case:
            wallets(case, operation)
            key = trials.teller.key()
            _call(case, operation, "30", key)
            _call(case, operation, amount, key)
    with _trial(trials, operation, " whose key comes again for another wallet", refused) as case:
        wallets(case, operation)
        key = trials.teller.key()
        _call(case, operation, "30", key)
        _call(case, operation, "30", key, to="c")
    if operation != "deposit":
        with _trial(trials, operation, " whose key comes again from the other wallet", refused) as case:
            wallets(case, operation)
            key = trials.teller.key()
            _call(case, operation, "30", key)
            _call(case, operation, "30", key, source="d")


def _other_scopes(trials: Trials, operation: str) -> None:
    """Another operation or owner with the same key: refused, or done in full where keys reach less far."""
    scope = trials.teller.wallet.key_scope
    once = ONCE[operation]
    refused = having(once, accepted=False)
    other = "deposit" if operation != "deposit" else "transfer"
    for what, gains, places in _others(operation) if trials.teller.wallet.takes(other, "key") else ():
        done = having(added(once, gains))
        legal = {"global": [refused], "owner": [refused], "operation": [done]}.get(scope, [refused, done])
        with _trial(trials, operation, f" whose key comes for a {other}{what}", legal) as case:
            wallets(case, operation)
            key = trials.teller.key()
            _call(case, operation, "30", key)
            _call(case, other, "30", key, **places)
    twice = {"c": "30"} if operation == "deposit" else {"e": "-30", **_double(once)}
    done = having(once | twice)
    legal = {"global": [refused], "operation": [refused], "owner": [done]}.get(scope, [refused, done])
    with _trial(trials, operation, " whose key comes again from another owner", legal) as case:
        wallets(case, operation)
        case.open("e", "100")
        key = trials.teller.key()
        _call(case, operation, "30", key)
        _call(case, operation, "30", key, source="e", to="c" if operation == "deposit" else "b")


def _others(operation: str) -> tuple[tuple[str, Gains, dict[str, str]], ...]:
    """Return another operation, what it gains, and where: once it agrees in all that both have."""
    if operation == "deposit":
        alike: Gains = {"a": "30", "b": "-30"}
        return ("", ONCE["transfer"], {}), (" to the same wallet", alike, {"source": "b", "to": "a"})
    return ("", ONCE["deposit"], {}), (" to the same wallet", {"b": "30"}, {"to": "b"})


def _missing(trials: Trials, operation: str) -> None:
    refused, done = Legal(accepted=False), having(ONCE[operation])
    legal = {None: [refused, done], True: [refused], False: [done]}[trials.teller.wallet.requires_key]
    with _trial(trials, operation, " without a key", legal) as case:
        wallets(case, operation)
        _call(case, operation, "30", None)
    if trials.teller.wallet.requires_key:
        return
    # Nothing tells that the second is the first again.
    twice = having(added(ONCE[operation], ONCE[operation]))
    with _trial(trials, operation, " made twice without a key", [*legal[:-1], twice]) as case:
        wallets(case, operation)
        _call(case, operation, "30", None)
        _call(case, operation, "30", None)


def _after_refusal(trials: Trials, operation: str) -> None:
    """A call that failed for want of funds and comes again when there are some: done, or refused again."""
    kept = trials.teller.wallet.replays_failures
    done = having({name: str(Decimal(gain) * 4) for name, gain in ONCE[operation].items()})
    refused = Legal(accepted=False)
    legal = {None: [done, refused], True: [refused], False: [done]}[kept]
    with _trial(trials, operation, " refused for want of funds, made again with funds", legal) as case:
        wallets(case, operation)
        key = trials.teller.key()
        case.call(operation, **body(operation, "120", "a", "b"), key=key)
        case.need("deposit", wallet="a", amount="100")
        case.start()
        _call(case, operation, "120", key)


def _trial(
    trials: Trials,
    operation: str,
    what: str,
    legal: list[Legal],
    *,
    control: bool = False,
    repeats: bool = False,
) -> AbstractContextManager[Case]:
    what = f"{named(operation)}{what}"
    return trials.trial(Rule.KEY, operation, what, legal, control=control, repeats=repeats)


def wallets(case: Case, operation: str, funds: str = "100") -> None:
    """Open two wallets and a third to go astray to; a fourth has the owner of the first."""
    declared = case.teller.wallet
    currency = foreign(declared) if operation == "exchange" else declared.currency
    case.open("a", funds)
    case.open("b", "100", currency=currency)
    case.open("c", currency=currency)
    case.open("d", "100", owner="a")


def _call(
    case: Case, operation: str, amount: str, key: str | None = "new", *, source: str = "a", to: str = ""
) -> None:
    destination = to or ("a" if operation == "deposit" else "b")
    given = case.teller.key() if key == "new" else key
    case.call(operation, **body(operation, amount, source, destination), key=given)


def named(operation: str) -> str:
    """Return what one call of 30 is called."""
    return f"{'an' if operation == 'exchange' else 'a'} {operation} of 30"


def left_out(tried: int, known: int) -> str:
    """Say that not every statement of a call had its accident."""
    return f"connections were lost at the first {tried} of its {known} statements alone"


def call_of_30(operation: str) -> dict[str, str | None]:
    """Return the call whose gains are those of ONCE, but for its key; letters stand for wallets."""
    return body(operation, "30", "a", "a" if operation == "deposit" else "b")


def body(operation: str, amount: str, source: str, destination: str) -> dict[str, str | None]:
    """Return what a call of an operation says, but for its key."""
    if operation == "deposit":
        return {"wallet": destination, "amount": amount}
    body: dict[str, str | None] = {"source": source, "destination": destination, "amount": amount}
    return body | ({"rate": "2"} if operation == "exchange" else {})


def _sum(more: str, operation: str) -> Legal:
    once = ONCE[operation]
    extra = {name: str(Decimal(gain) / 30 * Decimal(more)) for name, gain in once.items()}
    return having(added(once, extra), accepted=None)


def added(one: Mapping[str, str], other: Mapping[str, str]) -> Gains:
    """Return what wallets gain from both."""
    names = one.keys() | other.keys()
    return {n: str(Decimal(one.get(n, "0")) + Decimal(other.get(n, "0"))) for n in sorted(names)}


def _double(once: Gains) -> Gains:
    return {name: str(2 * Decimal(gain)) for name, gain in once.items() if name != "a"}
