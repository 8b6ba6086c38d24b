"""Makes the wallets that runs of a scenario have for themselves, for several runs at a time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from pytest_readiness.gather.wallet.scenarios import Operation, Scenario
    from pytest_readiness.gather.wallet.teller import Owner, Teller, Values

AHEAD = 4
"""Worlds that are made together: a round trip and a COMMIT serve them all."""

_PLAIN = ("amount", "limit", "rate")


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
        ahead: How many are made together.
    """

    def __init__(self, teller: Teller, scenario: Scenario, ahead: int = AHEAD) -> None:
        self._teller = teller
        self._scenario = scenario
        self._ahead = ahead
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
        teller, wallets = self._teller, self._scenario.wallets
        teller.begin()
        names = tuple(dict.fromkeys(owner for _, _, owner in wallets))
        owners = teller.owners(len(names) * self._ahead)
        several = [
            dict(zip(names, owners[start : start + len(names)], strict=True))
            for start in range(0, len(owners), len(names))
        ]
        wanted: list[Values] = [
            {"owner": by[owner].id, "currency": teller.wallet.currency}
            for by in several
            for _, _, owner in wallets
        ]
        ids, column = teller.make("create", wanted)
        worlds = [self._opened(by, ids[len(wallets) * index :], column) for index, by in enumerate(several)]
        funds: list[tuple[World, Values]] = [
            (world, {"wallet": world.wallets[letter], "amount": amount, "key": teller.key()})
            for world in worlds
            for letter, amount, _ in wallets
            if amount != "0"
        ]
        self._put("deposit", funds)
        for operation in self._scenario.before:
            self._put(operation.name, [(world, world.values(teller, operation, {})) for world in worlds])
        return worlds

    def _opened(self, owners: Mapping[str, Owner], ids: Sequence[str], column: str) -> World:
        teller, wallets = self._teller, self._scenario.wallets
        world = World({name: owner.id for name, owner in owners.items()}, {}, {}, list(teller.lines))
        for owner in owners.values():
            world.lines[1:1] = owner.lines
            world.names.update(owner.names)
        for (letter, _, name), made in zip(wallets, ids, strict=False):
            values: Values = {"owner": owners[name].id, "currency": teller.wallet.currency}
            statement = teller.rendered("create", values, world.names)
            world.lines += teller.naming(letter, statement, column)
            world.wallets[letter], world.names[made] = made, letter
        return world

    def _put(self, operation: str, given: Sequence[tuple[World, Values]]) -> None:
        """Do the same in every world, and write it down."""
        teller = self._teller
        if given:
            teller.put(operation, [values for _, values in given])
        for world, values in given:
            world.lines.append(f"{teller.rendered(operation, values, world.names)}{teller.end}")
