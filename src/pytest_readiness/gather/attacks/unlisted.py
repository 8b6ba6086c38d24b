"""Bob while no row says what he is, as after a sign-up: a guard that asks what he is gets NULL."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.judges.owners.accounts import PRIVILEGE

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

_CALLS = 12


class Unlisted:
    """Takes bob's rows out of the relations that say what users are."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.arguments = field.arguments

    def among(self, names: Collection[str]) -> Iterator[tuple[Identity, tuple[str, ...]]]:
        """Yield bob, and what takes him out of those of the names; nothing where he is in none, or always."""
        gone = {name: said for name, said in self._gone.items() if name in names}
        if gone:
            bob = self.field.cast.user(BOB, f"{BOB.name}, who has no row in {' and '.join(gone)},")
            yield bob, (QUIETLY, *gone.values(), AS_EVER)

    def calls(self, function: Function) -> Iterator[Attempt]:
        """Yield the likeliest calls of a function that looks its caller up and finds him nowhere."""
        reach = self.field.texts.function_reach(function)
        for bob, before in self.among(reach) if function.definer else ():
            for given in self.arguments.calls(function, _CALLS):
                yield Attempt(bob, (call_sql(function, given),), tuple(sorted(reach)), given, before)

    @cached_property
    def _gone(self) -> dict[str, str]:
        """By relation, what takes his row away; what a trigger made as he signed up everybody has."""
        rows = {name: row for (name, person), row in self.field.population.rows.items() if person == BOB.name}
        return {
            name: f"delete from {name} where {row.where}"
            for name, row in sorted(rows.items())
            if row.where and row.insert and self._says_what_users_are(name)
        }

    def _says_what_users_are(self, name: str) -> bool:
        relation, owners = self.field.catalog.relation(name), self.field.owners
        if relation is None or relation.kind not in TABLE_KINDS or name in owners.roots:
            return False
        users = owners.owned[name].users if name in owners.owned else ()
        ranks = bool(users) and any(PRIVILEGE.search(column.name) for column in relation.columns)
        return ranks or name in owners.identifying
