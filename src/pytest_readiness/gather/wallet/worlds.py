"""Makes the wallets that runs of a scenario have for themselves, for several runs at a time."""

from __future__ import annotations

import re
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import permutations
from typing import TYPE_CHECKING
from uuid import UUID

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_readiness.gather.wallet.people import Owner
    from pytest_readiness.gather.wallet.scenarios import Operation, Scenario
    from pytest_readiness.gather.wallet.teller import Teller, Values
    from pytest_readiness.settings import Wallet

_TRIES = 8
"""Batches of worlds, none of whose ids can be in the order that is wanted, before any order will do."""

_PLAIN = ("amount", "limit", "rate")

_FAR = 10_000
"""Added to the number of a wallet: more than a run opens, and little enough for every type."""

_DIGIT = re.compile(r"[0-9]")


def foreign(wallet: Wallet) -> str:
    """Return a currency that is not the wallet's usual one; the usual one where it knows no other."""
    if not wallet.takes("create", "currency"):
        return wallet.currency
    return "EUR" if wallet.currency.upper() != "EUR" else "USD"


def stranger(made: str) -> str:
    """Return an id that no wallet has, of the kind of one that was made: another is refused for its kind."""
    if made.isdecimal():
        return str(int(made) + _FAR)
    try:
        UUID(made)
    except ValueError:
        other = _DIGIT.sub(lambda digit: str(9 - int(digit[0])), made)
        return other if other != made else made[::-1]
    return str(UUID(int=0xDEAD))


@dataclass(slots=True)
class World:
    """The wallets of one run, which no other run touches.

    Attributes:
        owners: The id of each, by its name in the scenario.
        wallets: The id of each, by its letter.
        names: What the lines call an id.
        lines: By which a person makes it.
    """

    owners: dict[str, str]
    wallets: dict[str, str]
    names: dict[str, str]
    lines: list[str]

    def values(self, teller: Teller, operation: Operation, keys: dict[str, str]) -> Values:
        """Return what an operation is called with: ids for letters, and its key.

        Args:
            teller: Who has keys that nobody used.
            operation: Which one.
            keys: Those of this run so far, by their names.
        """
        values: Values = {}
        for name, value in operation.values:
            known = self.owners if name == "owner" else self.wallets
            values[name] = value if name in _PLAIN else known.get(value, value)
        key = teller.key
        values["key"] = keys.setdefault(operation.key, key()) if operation.key else key()
        return values


class Supply:
    """Worlds of one scenario.

    Args:
        teller: Who makes them.
        scenario: Whose wallets they have.
        ahead: How many are made together; as many as pay for who makes them if absent.
    """

    def __init__(self, teller: Teller, scenario: Scenario, ahead: int = 0) -> None:
        self._teller = teller
        self._scenario = scenario
        self._ahead = ahead or teller.ahead
        self._ready: list[World] = []

    def take(self) -> World:
        """Return one that nobody has.

        Raises:
            WalletError: What it stands on was refused.
        """
        if not self._ready:
            self._ready = self._made()
        return self._ready.pop(0)

    def _made(self) -> list[World]:
        self._teller.begin()
        worlds: list[World] = []
        for tries in range(_TRIES):
            worlds = self._several(any_order=tries == _TRIES - 1)
            if worlds:
                break
        self._fund(worlds)
        return worlds

    def _several(self, *, any_order: bool) -> list[World]:
        """Open the wallets of several worlds; those whose ids are in no order that is wanted are left."""
        teller, slots = self._teller, _slots(self._scenario)
        names = tuple(dict.fromkeys(owner for _, owner in slots))
        owners = teller.owners(len(names) * self._ahead)
        several = [
            dict(zip(names, owners[start : start + len(names)], strict=True))
            for start in range(0, len(owners), len(names))
        ]
        wanted: list[Values] = [
            {"owner": by[owner].id, "currency": self._currency(letter)}
            for by in several
            for letter, owner in slots
        ]
        ids, column = teller.make("create", wanted)
        worlds = []
        for index, by in enumerate(several):
            made = ids[len(slots) * index : len(slots) * (index + 1)]
            rising = () if any_order else self._scenario.rising
            taken = _labelled(slots, made, rising, self._scenario.foreign)
            if taken is not None:
                worlds.append(self._opened({name: by[was] for name, was in taken.owners}, taken.ids, column))
        return worlds

    def _currency(self, letter: str) -> str:
        declared = self._teller.wallet
        return foreign(declared) if letter in self._scenario.foreign else declared.currency

    def _fund(self, worlds: Sequence[World]) -> None:
        teller = self._teller
        funds: list[tuple[World, Values]] = [
            (world, {"wallet": world.wallets[letter], "amount": amount, "key": teller.key()})
            for world in worlds
            for letter, amount, _ in self._scenario.wallets
            if amount != "0"
        ]
        self._put("deposit", funds)
        for operation in self._scenario.before:
            self._put(operation.name, [(world, world.values(teller, operation, {})) for world in worlds])

    def _opened(self, owners: Mapping[str, Owner], ids: Mapping[str, str], column: str) -> World:
        teller = self._teller
        world = World({name: owner.id for name, owner in owners.items()}, {}, {}, list(teller.lines))
        for owner in owners.values():
            world.lines[1:1] = owner.lines
            world.names.update(owner.names)
        for letter, _, name in self._scenario.wallets:
            values: Values = {"owner": owners[name].id, "currency": self._currency(letter)}
            statement = teller.rendered("create", values, world.names)
            world.lines += teller.naming(letter, statement, column)
            world.wallets[letter], world.names[ids[letter]] = ids[letter], letter
        return world

    def _put(self, operation: str, given: Sequence[tuple[World, Values]]) -> None:
        """Do the same in every world, and write it down."""
        teller = self._teller
        if given:
            teller.put(operation, [values for _, values in given])
        for world, values in given:
            world.lines.append(f"{teller.rendered(operation, values, world.names)}{teller.end}")


@dataclass(frozen=True, slots=True)
class _Labels:
    """Which wallet gets which letter, and the owner's name that goes with it, by the name it was made for."""

    ids: dict[str, str]
    owners: tuple[tuple[str, str], ...]


def _slots(scenario: Scenario) -> list[tuple[str, str]]:
    """Return letter and owner of each wallet, in an order that numbers which count up follow."""
    owners = {letter: owner for letter, _, owner in scenario.wallets}
    lower = {letter: [low for low, high in scenario.rising if high == letter] for letter in owners}
    return [(letter, owners[letter]) for letter in TopologicalSorter(lower).static_order()]


def _labelled(
    slots: Sequence[tuple[str, str]],
    made: Sequence[str],
    rising: Sequence[tuple[str, str]],
    foreign: frozenset[str] = frozenset(),
) -> _Labels | None:
    """Name wallets so that their ids rise as wanted; None where none does that keeps what one owns together.

    Args:
        slots: Letter and owner that each was made for.
        made: The id of each.
        rising: Pairs of letters, the lower first.
        foreign: Letters whose wallets are of another currency.
    """
    abroad = [letter in foreign for letter, _ in slots]
    for chosen in permutations(range(len(slots))):
        if [abroad[place] for place in chosen] != abroad:
            continue
        ids = {letter: made[place] for (letter, _), place in zip(slots, chosen, strict=True)}
        if all(_rank(ids[low]) < _rank(ids[high]) for low, high in rising):
            both = {(owner, slots[place][1]) for (_, owner), place in zip(slots, chosen, strict=True)}
            if len(both) == len({owner for owner, _ in both}) == len({was for _, was in both}):
                return _Labels(ids, tuple(sorted(both)))
    return None


def _rank(made: str) -> tuple[int, str]:
    """Return what ids are compared by: numbers by their size, others as text."""
    return (len(made), made) if made.isdecimal() else (0, made)
