"""Reads columns that the server computes from others which grants withhold: what is granted tells of them.

That a row is shown to everybody says nothing of it: the columns that its readers may select were chosen.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read, read_columns
from pytest_readiness.gather.attacks.states import State, change, given_states, publishing, statements_of
from pytest_readiness.judges.sql.computed_columns import computed_against_grants

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.target.identities import Identity

    Told = Mapping[str, frozenset[str]]

_STATES = 12
"""States of her row that each actor reads it in."""


@dataclass(frozen=True)
class Withheld:
    """Looks in computed columns of a relation for texts of hers that no grant shows the reader."""

    field: Field
    relation: Relation
    row: SyntheticRow
    reading: Reading

    def reads(self, actors: Iterable[tuple[Identity, Person | None]]) -> Talk[tuple[Read, ...]]:
        """Return the first read that has one."""
        if self.relation.kind not in TABLE_KINDS or not self.row.where:
            return ()
        texts = {name: _marks([json.dumps(value)]) for name, value in self.row.stored.items()}
        for actor, person in actors:
            told = computed_against_grants(self.relation, actor.role, texts)
            for given in self._states() if told else ():
                found = yield from self._told(actor, person, given, told)
                if found:
                    return (found,)
        return ()

    def _states(self) -> list[tuple[State, ...]]:
        """Return the row as it is, and in each state in which a switch that policies ask for shows it."""
        relation, row = self.relation, self.row
        using = " ".join(policy.using for policy in relation.policies)
        asked = [c for c in relation.columns if c.type == "boolean" and c.name in using and not c.generated]
        switched = [
            change(relation.name, column, "false" if row.stored.get(column.name) else "true", row)
            for column in asked
        ]
        states = dict.fromkeys((*publishing(self.field, relation, row), *switched))
        return [(), *((state,) for state in states)][:_STATES]

    def _told(
        self, actor: Identity, person: Person | None, given: tuple[State, ...], told: Told
    ) -> Talk[Read | None]:
        relation, before = self.relation, statements_of(given)
        shown = {*relation.readable[actor.role]}
        looks = [read_columns(relation, names) for names in (shown, shown - told.keys()) if names]
        looks += [
            read(r)
            for r in self.field.catalog.relations
            if actor.role in r.readable and r.name != relation.name
        ]
        came, *beside = yield [Attempt(actor, (look,), before=before) for look in looks]
        hidden = frozenset[str]().union(*told.values()) & _marks(came.rows)
        hidden -= _marks(text for one in beside for text in one.rows)
        found = self.reading(relation, actor, person, came, self.row)
        if came.state or not hidden or not found.foreign:
            return None
        return replace(given_states(found, actor, given) if given else found, canary=min(hidden), kept=True)


def _marks(texts: Iterable[str]) -> frozenset[str]:
    """Return the recognisable texts, which a search may have made capitals."""
    return frozenset(CANARY.findall("\n".join(texts).lower()))
