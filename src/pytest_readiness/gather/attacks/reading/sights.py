"""What an outcome shows of whom, and how that is seen again."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.access import Read
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, DANA
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.reading.tenantless import asks_for_nobody
from pytest_readiness.gather.attacks.reading.values_beside_keys import BesideKeys

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.judges.isolation.labels import Row
    from pytest_readiness.target.identities import Identity


_MANY = 50
"""Rows of a target's own that many attempts read again."""

_KEPT = 8
"""Relations and readers whose rows are remembered at a time: those of all would fill the memory."""


class Sights:
    """Tells the rows of others in what is read from the reader's own, and from what tables tell anyway."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.beside = BesideKeys(field)
        self._marks: dict[tuple[Identity, tuple[str, ...]], frozenset[str]] = {}
        self._known: dict[tuple[str, Person | None], dict[str, tuple[Row, frozenset[str]]]] = {}

    def of(
        self,
        relation: Relation,
        actor: Identity,
        person: Person | None,
        outcome: Outcome,
        row: SyntheticRow | None,
        hiding: tuple[str, ...] = (),
    ) -> Read:
        """Return what was read.

        Args:
            relation: That was read.
            actor: Who read it.
            person: Whose rows are the actor's own; None for nobody.
            outcome: What came of it.
            row: Hers, which others must not see.
            hiding: What a superuser did before, so that tables tell less of her than they do as things are.
        """
        if outcome.state:
            sql = self.script(relation, actor, row)
            state, message, texts = (
                outcome.state,
                outcome.message,
                self.field.texts.run_to_read(relation.name),
            )
            invented = person is not None and self.field.cast.invented(person, state, message, texts)
            return Read(actor.name, 0, 0, "", "", state, message, sql, invented=invented)
        judged = self._judged(relation, person, outcome.rows)
        if relation.kind not in TABLE_KINDS:
            judged = [self._told(relation, one, names, ((actor, hiding), person)) for one, names in judged]
        found = [one for one, _ in judged]
        foreign = [one for one, names in judged if names]
        own = len(found) - len(foreign) if person and self._owns(relation, found, person) else 0
        unowned = sum(self._is_nobodys(relation, one, person) for one in found)
        left = {id(one) for one in foreign}
        victims = sorted({name for one, names in judged if id(one) in left for name in names})
        return Read(
            actor.name,
            own=own,
            foreign=len(foreign),
            victim=_victim(victims),
            canary=self._canary(foreign, person, victims),
            sql=self.script(relation, actor, row) if foreign or unowned else "",
            unowned=unowned,
            returned=len(found),
        )

    def _is_nobodys(self, relation: Relation, row: Row, person: Person | None) -> bool:
        """Whether a row names no owner; who is outside may read such a one where policies say so."""
        if not self.field.recognition.unowned(relation, row):
            return False
        owned = self.field.owners.owned.get(relation.name)
        columns = owned.columns if owned and person is not BOB else ()
        return not any(asks_for_nobody(relation, name) for name in columns)

    def _judged(
        self, relation: Relation, person: Person | None, texts: Sequence[str]
    ) -> list[tuple[Row, frozenset[str]]]:
        """Return rows with whose they are, of others than the reader's; of many each is judged once."""
        if len(self._known) > _KEPT:
            self._known.clear()
        known = self._known.setdefault((relation.name, person), {}) if len(texts) > _MANY else {}
        for text in texts:
            if text not in known:
                row = json.loads(text)
                known[text] = (row, self.field.recognition.foreign(relation, row, person))
        return [known[text] for text in texts]

    def _told(
        self,
        view: Relation,
        row: Row,
        names: frozenset[str],
        reader: tuple[tuple[Identity, tuple[str, ...]], Person | None],
    ) -> tuple[Row, frozenset[str]]:
        """Return a row of a view with whose it is by what tables do not tell its reader."""
        given, person = reader
        if names and not self._shown(row, given, person):
            return row, names
        return row, self.beside.whose(view, row, given, person)

    def _shown(self, row: Row, given: tuple[Identity, tuple[str, ...]], person: Person | None) -> bool:
        """Whether all that tells whose values a row shows is told to an actor by tables as well.

        A number of a row of hers, beside a key of it or of hers, is not: a public name excuses no balance.
        """
        text = json.dumps(row)
        marks = self._marks_in(text)
        if any(self.field.recognition.numbers_of_others(text, person)):
            return False
        actor, before = given
        if given not in self._marks:
            tables = [r for r in self.field.catalog.relations if r.kind in TABLE_KINDS]
            reads = [Attempt(actor, (read(r),), before=before) for r in tables if actor.role in r.readable]
            rows = [text for _, outcome in self.field.runner.run(reads) for text in outcome.rows]
            self._marks[given] = frozenset(mark for text in rows for mark in self._marks_in(text))
        return bool(marks) and marks <= self._marks[given]

    def _marks_in(self, text: str) -> set[str]:
        addresses = self.field.recognition.addresses.within(text)
        return {*CANARY.findall(text), *(address for address, _ in addresses)}

    def script(self, relation: Relation, actor: Identity, row: SyntheticRow | None) -> str:
        """Return what a person pastes, as superuser, into a copy of the target."""
        before = self.field.setup(relation.name, self.field.texts.depends_on(relation.name))
        condition = f" where {row.where}" if row else ""
        look = f"select * from {relation.name}{condition};"
        return "\n".join(["begin;", *before, actor.script(), look, "rollback;"])

    def _owns(self, relation: Relation, found: list[Row], person: Person) -> bool:
        return any(self.field.recognition.own(relation, one, person) for one in found)

    def _canary(self, rows: list[Row], reader: Person | None, victims: list[str]) -> str:
        text = json.dumps(rows) if rows else ""
        found = self.field.recognition.canaries_of_others(text, reader) if rows else []
        found += [mark for name in victims for mark in self.field.population.canaries(name) if mark in text]
        found.sort()
        numbers = (
            (number for number, _ in self.field.recognition.numbers_of_others(text, reader)) if rows else ()
        )
        addresses = (one for one, _ in self.field.recognition.addresses_of_others(text, reader))
        return next(itertools.chain(found, numbers, addresses), "")


def _victim(names: list[str]) -> str:
    people = [name for name in names if name in {ALICE.name, BOB.name, CAROL.name, DANA.name}]
    return (people or [f"tenant {name}" for name in names] or [""])[0]
