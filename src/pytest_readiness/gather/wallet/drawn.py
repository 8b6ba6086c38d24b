"""Meetings that chance draws over the whole interface of a wallet, and the least of each that goes wrong too.

A drawn meeting says in its title all that it is, so that a replay needs nothing else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.scenarios import (
    Operation,
    Scenario,
    change,
    freeze,
    limit,
    look,
    move,
    owner_limit,
    put,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence
    from random import Random

    from pytest_readiness.settings import Wallet

_LETTERS = "abc"
_FUNDS = ("0", "100", "200")
_AMOUNTS = ("10", "30", "70", "120")
_LEAST = "10"
_LENGTHS = ((1, 1), (2, 1), (1, 2))
"""Calls of the two sessions."""

_FIRST, _MEETS, _THEN = "drawn", "meets", "then"

_CALLS: dict[str, tuple[int, Callable[..., Operation]]] = {
    "transfer": (2, move),
    "exchange": (2, change),
    "deposit": (1, put),
    "limit": (1, limit),
    "owner limit": (1, owner_limit),
    "freeze": (1, freeze),
    "balance": (1, look),
    "reconcile": (0, lambda: Operation("reconcile", ())),
}
"""How many letters each call takes, and what makes it of them, and of an amount where it takes one."""

_WITHOUT_AMOUNT = frozenset({"freeze", "balance", "reconcile"})


def drawn(wallet: Wallet, chance: Random, count: int, unusable: Collection[str] = ()) -> Iterator[Scenario]:
    """Yield meetings of two sessions that touch a wallet together, out of the calls that can be made."""
    known = [name for name in _CALLS if _has(wallet, name) and name.replace(" ", "_") not in unusable]
    if not known or "deposit" in unusable:
        return  # no wallet has anything
    seen: set[str] = set()
    for _ in range(20 * count):
        said = tuple(tuple(_call(chance, known) for _ in range(length)) for length in chance.choice(_LENGTHS))
        funds = tuple(chance.choice(_FUNDS) for _ in _LETTERS)
        scenario = _scenario(funds, said)
        moves = any(name not in {"balance", "reconcile"} for calls in said for name, *_ in calls)
        if moves and not scenario.is_apart and scenario.title not in seen and len(seen) < count:
            seen.add(scenario.title)
            yield scenario


def _has(wallet: Wallet, name: str) -> bool:
    """Whether a wallet has a call; what an adapter reconciles by may as well be SQL of the settings."""
    return bool(getattr(wallet, name.replace(" ", "_"))) and not (wallet.adapter and name == "reconcile")


def _call(chance: Random, known: Sequence[str]) -> tuple[str, ...]:
    name = chance.choice(known)
    letters, _ = _CALLS[name]
    amount = () if name in _WITHOUT_AMOUNT else (chance.choice(_AMOUNTS),)
    return (name, *chance.sample(_LETTERS, letters), *amount)


def _scenario(funds: Sequence[str], said: Sequence[Sequence[tuple[str, ...]]]) -> Scenario:
    wallets = tuple((letter, much, letter) for letter, much in zip(_LETTERS, funds, strict=True))
    calls = f" {_MEETS} ".join(f" {_THEN} ".join(map(" ".join, session)) for session in said)
    title = f"{_FIRST}: {', '.join(f'{letter} {much}' for letter, much, _ in wallets)}: {calls}"
    sessions = tuple(tuple(_CALLS[name][1](*given) for name, *given in session) for session in said)
    return Scenario(title, wallets, sessions)


def read(slug: str) -> Scenario | None:
    """Return the meeting that a replay names; None where it is none that was drawn."""
    first, *words = slug.split("-")
    if first != _FIRST:
        return None
    funds, rest = words[1 : 2 * len(_LETTERS) : 2], " ".join(words[2 * len(_LETTERS) :])
    try:
        said = [
            [_words(call) for call in session.split(f" {_THEN} ")] for session in rest.split(f" {_MEETS} ")
        ]
        found = _scenario(funds, said)
    except (KeyError, TypeError, ValueError):
        return None
    return found if all(map(_is_drawn, said)) and {*funds} <= {*_FUNDS} else None


def _is_drawn(session: Sequence[tuple[str, ...]]) -> bool:
    """Whether calls are such that chance may draw them."""
    return all(word in (*_LETTERS, *_AMOUNTS) for _, *given in session for word in given)


def _words(call: str) -> tuple[str, ...]:
    name = next(name for name in (*_CALLS, call) if call == name or call.startswith(f"{name} "))
    return (name, *call.removeprefix(name).split())


def smaller(scenario: Scenario) -> Iterator[Scenario]:
    """Yield what is left of a drawn meeting without one of its calls, and with less money."""
    funds = [much for _, much, _ in scenario.wallets]
    said = [[_said(operation) for operation in session] for session in scenario.sessions]
    for number, session in enumerate(said):
        for place in range(len(session)) if len(session) > 1 else ():
            yield _scenario(funds, _with(said, number, [*session[:place], *session[place + 1 :]]))
    for number, much in enumerate(funds):
        if much != _FUNDS[0]:
            yield _scenario([*funds[:number], _FUNDS[_FUNDS.index(much) - 1], *funds[number + 1 :]], said)
    for number, session in enumerate(said):
        for place, (name, *given) in enumerate(session):
            if name not in _WITHOUT_AMOUNT and given[-1] != _LEAST:
                less = (name, *given[:-1], _AMOUNTS[_AMOUNTS.index(given[-1]) - 1])
                yield _scenario(funds, _with(said, number, [*session[:place], less, *session[place + 1 :]]))


def _with(
    said: list[list[tuple[str, ...]]], number: int, session: list[tuple[str, ...]]
) -> list[list[tuple[str, ...]]]:
    return [*said[:number], session, *said[number + 1 :]]


def _said(operation: Operation) -> tuple[str, ...]:
    """Return a call as its title has it, without the rate that all exchanges have and what a freeze says."""
    beside = {"rate", "frozen"}
    given = (value for name, value in operation.values if name not in beside)
    return (operation.name.replace("_", " "), *given)
