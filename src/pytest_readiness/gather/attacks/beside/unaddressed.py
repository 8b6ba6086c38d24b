"""Leaves out whom a row is for: what names nobody may open to everybody what it was made for.

It may be meant so, and nothing in a schema says whether it is: this is told and not judged.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.judges.sql.lexis import plain, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field

_LOOKED = 60
"""Relations that are read while one row names nobody."""


class Unaddressed:
    """Tries rows of alice's that decide who reads what is hers, and may name nobody."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)
        self.texts = [plain(text) for text in field.texts.all()]

    def all(self) -> Iterator[Assault]:
        """Yield by relation and column what bob reads then, and did not before."""
        for relation, column in self._columns():
            row = self.field.population.row(relation.name, ALICE.name)
            below = self._below(relation)
            if row is None or not below:
                continue
            given = change(relation.name, column, None, row).statements
            was, then = self._read(below, ()), self._read(below, given)
            opened = next((one for one in below if then[one.name] - was[one.name]), None)
            what = f"what is hers once a row names nobody in {column.quoted}"
            harms = (self._harm(what, opened, given),) if opened else ()
            yield Assault(f"{relation.name}: {what}", "LOOK", len(below), harms)

    def _read(self, relations: list[Relation], before: tuple[str, ...]) -> dict[str, frozenset[str]]:
        """Return by relation the rows of others that bob reads; none where it refuses."""
        attempts = [Attempt(self.bob, (read(one),), about=one, before=before) for one in relations]
        return {
            attempt.about.name: frozenset(
                text
                for text in (() if outcome.state else outcome.rows)
                if self.field.recognition.foreign(attempt.about, json.loads(text), BOB)
            )
            for attempt, outcome in self.field.runner.run(attempts)
        }

    def _columns(self) -> Iterator[tuple[Relation, Column]]:
        """Yield columns that may name a user or nobody, of rows that are looked at to show others."""
        members = {membership.relation for membership in self.field.owners.memberships}
        for relation in self.field.catalog.relations:
            owned = self.field.owners.owned.get(relation.name)
            if relation.kind not in TABLE_KINDS or relation.name in members | {*self.field.owners.people}:
                continue
            for name in owned.users if owned and relation.name in self.field.texts.consulted else ():
                column = relation.column(name)
                if column and not column.not_null and self._is_asked(name):
                    yield relation, column

    def _is_asked(self, name: str) -> bool:
        """Whether code asks whether somebody is named there, or takes somebody else if nobody is."""
        said = rf"(?<!\w){word(name)}"
        absent = re.compile(
            rf"{said}\)*\s+is\s+(?:null|not\s+distinct)|coalesce\s*\(\(*(?:\w+\.)?{said}\b", re.IGNORECASE
        )
        return any(map(absent.search, self.texts))

    def _below(self, relation: Relation) -> list[Relation]:
        """Return what bob may read and such rows decide about."""
        names = {*self.field.texts.depending[relation.name]} - {relation.name}
        found = (one for name in sorted(names) if (one := self.field.catalog.relation(name)))
        return [one for one in found if self.bob.role in one.readable][:_LOOKED]

    def _harm(self, what: str, shown: Relation, given: tuple[str, ...]) -> Harm:
        script = self.field.script(shown.name, self.bob, (read(shown),), "select 1", before=given)
        return Harm(BOB.name, "residual", shown.name, ALICE.name, what, script)
