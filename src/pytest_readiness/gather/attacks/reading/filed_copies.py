"""Reads tables whose rows nothing tells the owners of, once a call of alice's has copied hers into them.

Queues and outboxes hold documents that name whoever they like: whose one is, is known by what was filed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.judges.sql.lexis import last_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.field import Field

_SHOWS = re.compile(
    r"publish|publi[cs]|share|post|announc|broadcast|advert|offer|list(?:ing)?_|_list(?:ing)?|release|show",
    re.IGNORECASE,
)
"""How functions are called by which somebody means others to see something."""

_FUNCTIONS = 12
"""Functions that file something in one table, at most."""


@dataclass(frozen=True)
class Filed:
    """Tries the functions that write to such tables.

    Attributes:
        field: Where.
    """

    field: Field

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what bob reads there of hers, and nowhere before."""
        bob, alice = self.field.cast.user(BOB), self.field.cast.user(ALICE)
        tried = [
            Attempt(alice, (call,), about=place)
            for place in self._places(relations)
            for call in self._calls(place)
        ]
        made = [one for one, outcome in self.field.runner.run(tried) if not outcome.state]
        looks = [
            Attempt(bob, (read(one.about),), about=one, before=alice.acting(one.steps[0].removeprefix(QUERY)))
            for one in made
        ]
        for attempt, outcome in self.field.runner.run(looks):
            (call,) = attempt.about.steps
            told = self._hers.intersection(CANARY.findall("".join(outcome.rows))) - {*CANARY.findall(call)}
            if not outcome.state and told - self._seen:
                yield attempt.about.about.name, self._told(attempt, min(told))

    def _told(self, attempt: Attempt, mark: str) -> Read:
        place, (call,) = attempt.about.about, attempt.about.steps
        said = call.removeprefix(QUERY).partition(" from ")[2].removesuffix(" f")
        name = f"{attempt.actor.name}, after {ALICE.name} called {said},"
        look = (f"select * from {place.name}",)
        script = self.field.script(place.name, attempt.actor, look, "select 1", before=attempt.before)
        return Read(name, 0, 1, ALICE.name, mark, sql=script, kept=True)

    def _places(self, relations: Iterable[Relation]) -> list[Relation]:
        """Return those that bob may read, of whose rows nothing tells whom they are for."""
        bob, known = self.field.cast.user(BOB), self.field.owners.owned.keys() | self.field.published.keys()
        tables = (r for r in relations if r.kind in TABLE_KINDS and r.name not in known)
        return [relation for relation in tables if bob.role in relation.readable]

    def _calls(self, place: Relation) -> Iterator[str]:
        for function in self._filing.get(place.name, [])[:_FUNCTIONS]:
            yield from (call_sql(function, given) for given in self.field.arguments.own(function, ALICE))

    @cached_property
    def _filing(self) -> dict[str, list[Function]]:
        """By relation, the functions by which she may write to it, those apart that are called as for all."""
        alice = self.field.cast.user(ALICE)
        found: dict[str, list[Function]] = {}
        for function in self.field.catalog.functions:
            plain = function.kind == "function" and function.returns not in {"trigger", "event_trigger"}
            if plain and alice.role in function.callers and not _SHOWS.search(last_name(function.name)):
                for name in self.field.texts.changed_by(function):
                    found.setdefault(name, []).append(function)
        return found

    @cached_property
    def _hers(self) -> frozenset[str]:
        return self.field.population.canaries(ALICE.name)

    @cached_property
    def _seen(self) -> frozenset[str]:
        """What bob reads of such texts anyway."""
        return frozenset(CANARY.findall("".join(self.field.seen())))
