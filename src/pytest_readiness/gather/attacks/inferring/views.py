"""Looks through views: at what their errors quote, at what comes before their filters, and at sums."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm, ViewEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person

_LONG = 100
_UNINDEXED = ("set local enable_indexscan = off", "set local enable_bitmapscan = off")
"""By an index the filter of a view comes first whatever it costs; anybody may do without."""


@gatherer(strength=Strength.ATTACKED)
def views(target: Target, catalog: CatalogEvidence, owners: Owners, population: Population) -> ViewEvidence:
    """Look through each view that a client may read."""
    with Field(target, catalog, owners, population) as field:
        if barred := field.barred:
            return ViewEvidence((), undeclared=barred)
        role = field.cast.user(BOB).role
        seen = [r for r in catalog.relations if r.kind not in TABLE_KINDS and role in r.readable]
        looker = _Looker(field)
        return ViewEvidence(
            tuple(assault for relation in seen for assault in looker.through(relation)),
            absent="" if seen or not target.built.migrations.whole else "no client may read any view",
        )


class _Looker:
    def __init__(self, field: Field) -> None:
        self.field = field
        self.bob = field.cast.user(BOB)

    def through(self, relation: Relation) -> Iterator[Assault]:
        """Ask a view; one that shows others' rows anyway, which another check tells, has nothing to hide."""
        rows = self.field.runner.one(Attempt(self.bob, (read(relation),))).rows
        if any(self.field.recognition.foreign(relation, json.loads(text), BOB) for text in rows):
            return
        yield from self._casts(relation, {text for row in rows for text in _values(row)})
        yield from self._sums(relation)

    def _casts(self, relation: Relation, shown: set[str]) -> Iterator[Assault]:
        """Cast each column: a filter that is applied too late has its hidden rows cast as well.

        What the view, or another relation, shows by itself is not told by an error.
        """
        shown = shown.union(f"`{text}`" for text in self.field.shown_texts)
        casts = [
            Attempt(self.bob, (self._cast(relation, c),))
            for c in relation.columns
            if c.name in relation.readable[self.bob.role]
        ]
        if self.field.target.logins:
            casts += [
                Attempt(self.bob, self._peek(relation, c))
                for c in relation.columns
                if c.name in relation.readable[self.bob.role]
            ]
        harms = [
            Harm(
                BOB.name,
                "cast",
                relation.name,
                ALICE.name,
                told,
                self.field.script(relation.name, self.bob, attempt.steps, "select 1"),
            )
            for attempt, outcome in self.field.runner.run(casts)
            if outcome.state and (told := self.field.told(attempt, outcome, BOB)) and told not in shown
        ]
        yield Assault(relation.name, "CAST", len(casts), tuple(harms[:1]))

    def _cast(self, relation: Relation, column: Column) -> str:
        """Return a query that casts a column of all rows but the attacker's own."""
        text = f"t.{column.quoted}::text"
        spared = ", ".join(map(literal, sorted(self._texts(relation, BOB)))) or "null"
        cast = f"case when {text} in ({spared}) then 0 else {text}::int end"
        return f"{QUERY}select 1::text from {relation.name} t where ({cast}) = 1"

    def _peek(self, relation: Relation, column: Column) -> tuple[str, ...]:
        """Return the query by a function of bob's own, which costs less than any filter and comes first.

        It stops at a text of hers, and knows only the digest of that: what bob says himself was not told him.
        """
        hers = sorted(self._texts(relation, ALICE) - self._texts(relation, BOB))
        sought = ", ".join(literal(sha256(text.encode()).hexdigest()) for text in hers) or "null"
        asked = f"encode(sha256(convert_to($1::text, 'utf8')), 'hex') in ({sought})"
        name = "pg_temp.readiness_peek"
        made = f"create function {name}({column.type}) returns boolean language plpgsql cost 0.0000001"
        body = f"begin if {asked} then raise '%', $1; end if; return true; end"
        return (
            *_UNINDEXED,
            f"{made} as {literal(body)}",
            f"{QUERY}select 1::text from {relation.name} t where {name}(t.{column.quoted})",
        )

    def _texts(self, relation: Relation, person: Person) -> set[str]:
        """Return the texts of somebody's rows that a view looks at."""
        below = self.field.texts.touched_by(relation.name) | self.field.texts.depends_on(relation.name)
        rows = (self.field.population.row(name, person.name) for name in below)
        found = {value for row in rows if row for value in row.texts.values() if value is not None}
        return {value for value in found if len(value) < _LONG}

    def _sums(self, relation: Relation) -> Iterator[Assault]:
        """Change numbers of the victim as superuser: a view that changes with them tells of them."""
        change = self.field.content_changed(self.field.texts.depends_on(relation.name), ALICE)
        read = f"{QUERY}select to_jsonb(t.*)::text from {relation.name} t"
        if not change:
            return
        before = self.field.as_superuser("select 1", self.bob, read)
        after = self.field.as_superuser(change, self.bob, read)
        harms: tuple[Harm, ...] = ()
        if not after.state and sorted(before.rows) != sorted(after.rows):
            gone = sorted(set(before.rows) - set(after.rows))
            what = f"`{gone[0][:60]}` follows from her numbers" if gone else "it follows from her numbers"
            script = self.field.script(relation.name, self.bob, (read,), "select 1")
            harms = (Harm(BOB.name, "residual", relation.name, ALICE.name, what, script),)
        yield Assault(relation.name, "SUM", 2, harms)


def _values(row: str) -> Iterator[str]:
    """Yield the texts of a row as an error quotes them."""
    yield from (f"`{value}`" for value in json.loads(row).values() if isinstance(value, str))
