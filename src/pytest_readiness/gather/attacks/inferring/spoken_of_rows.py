"""Lets triggers refuse rows of one's own, and reads what they say of a hidden row that is in the way.

Two cannot have the same berth at the same time. That it is taken is told; by whom, and for what, is not.
"""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.inferring.raising import raised
from pytest_readiness.gather.attacks.inferring.spoken import SPEAKS, Spoken, line
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.sql.lexis import plain, word
from pytest_readiness.judges.sql.lookups import looked_up
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation, Trigger
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.forgery import Forger
    from pytest_readiness.gather.synthesis.refusals import Values

_TOGETHER = 2
"""Texts that triggers compare, of which so many are tried together, beside each alone."""


class SpokenOfRows:
    """Tries the tables whose triggers raise errors of their own making, with their owner's rights."""

    def __init__(self, field: Field, forger: Forger) -> None:
        self.field = field
        self.forger = forger
        self.spoken = Spoken(field)
        self.bob = field.cast.user(BOB)

    def told(self, relations: Iterable[Relation]) -> Iterator[Assault]:
        """Yield by table that a refusal says what stands in a row of hers alone, which bob does not read."""
        for relation in relations:
            speaking = [
                one for one in relation.triggers if relation.kind in TABLE_KINDS and self._speaks(one)
            ]
            if speaking:
                yield from self._asked(relation, speaking)

    def _speaks(self, trigger: Trigger) -> bool:
        named = [one for one in self.field.catalog.functions if one.name == trigger.function]
        return bool(SPEAKS.search(plain(trigger.body))) and all(one.definer for one in named)

    def _asked(self, relation: Relation, speaking: list[Trigger]) -> Iterator[Assault]:
        own = {state for one in speaking for state in raised(plain(one.body))}
        attempts = [
            Attempt(self.bob, (sql,), before=before)
            for before, row in self._met(relation)
            for sql in self._statements(relation, row)
        ]
        heard = False
        for attempt, outcome in self.field.runner.run(attempts):
            heard = heard or outcome.state in own
            for value, of in self.spoken.said(attempt, outcome) if outcome.state in own else ():
                if not self.spoken.is_seen(attempt, value):
                    harm = self.spoken.harm(relation.name, attempt, line(outcome, value), of)
                    yield Assault(relation.name, "REFUSAL", len(attempts), (harm,))
                    return
        if heard:  # what never spoke has not been tried
            yield Assault(relation.name, "REFUSAL", len(attempts))

    def _statements(self, relation: Relation, row: Values) -> Iterator[str]:
        """Yield the insert of a row, and the update by which bob's own says the same."""
        held, own = relation.privileges.get(self.bob.role), self.field.population.row(relation.name, BOB.name)
        if held and held.insert:
            yield insert_sql(relation, {name: value for name, value in row.items() if name in held.insert})
        if held and own and own.where:
            changed = [
                f"{column.quoted} = {literal(row[column.name])}"
                for column in relation.columns
                if column.name in held.update
                and row.get(column.name) not in {None, own.texts.get(column.name)}
            ]
            if changed:
                yield f"update {relation.name} set {', '.join(changed)} where {own.where}"

    def _met(self, relation: Relation) -> Iterator[tuple[tuple[str, ...], Values]]:
        """Yield rows of bob's that have in common with hers what is no text, and then a text as well.

        She is given the text, so that bob says none of hers.
        """
        mine, hers = self.forger.model(relation, BOB), self.field.population.row(relation.name, ALICE.name)
        if mine is None or hers is None:
            return
        owned = self.field.owners.owned.get(relation.name)
        kept = {*relation.primary_key, *(owned.columns if owned else ())}
        pairs = [one for one in self._compared(relation) if one[0].name not in kept]
        alike = mine | {
            own.name: value
            for own, name, other in pairs
            if not holds_text(own) and (value := self._hers(name).get(other)) is not None
        }
        yield (), alike
        texts = [one for one in pairs if holds_text(one[0])]
        alone = [(one,) for one in texts]
        for chosen in (*alone, *itertools.combinations(texts, _TOGETHER)):
            fresh = {
                own.name: self.forger.fresh(own, relation, mine.get(own.name) or "") for own, _, _ in chosen
            }
            sets = [self._given(name, other, fresh[own.name]) for own, name, other in chosen]
            if all(sets):
                yield (QUIETLY, *sets, AS_EVER), alike | fresh

    def _compared(self, relation: Relation) -> list[tuple[Column, str, str]]:
        """Return columns of a new row with where hers, or what triggers look up, may have the same."""
        bodies = " ".join(plain(trigger.body) for trigger in relation.triggers)
        own = [
            (column.name, relation.name, column.name)
            for column in relation.columns
            if not holds_text(column)
            or re.search(rf"\bnew\s*\.\s*{word(column.name)}(?!\w)", bodies, re.IGNORECASE)
        ]
        return [
            (column, name, other)
            for said, name, other in (*own, *looked_up(self.field.catalog, relation))
            if (column := relation.column(said)) and column.writable
        ]

    def _hers(self, name: str) -> Values:
        row = self.field.population.row(name, ALICE.name)
        return dict(row.texts) if row else {}

    def _given(self, name: str, column: str, value: str | None) -> str:
        """Return the update that gives her row a text; empty where it has none."""
        relation, row = self.field.catalog.relation(name), self.field.population.row(name, ALICE.name)
        known = relation.column(column) if relation else None
        if known is None or value is None or row is None or not row.where or row.texts.get(column) is None:
            return ""
        return f"update {name} set {known.quoted} = {literal(value)} where {row.where}"
