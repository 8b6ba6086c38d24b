"""Reads as bob of a tenant whose key is hers in other letters' case, where policies do not tell cases apart.

That is nobody's right only where there may be such a tenant: one is founded as the table of tenants allows,
whose keys, CHECKs and triggers say whether two of them may differ by that alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger, told_apart
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, given_states
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.owners.callers import hints_of
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.target.identities import Identity

_FOLDS = re.compile(r"\b(?:lower|upper|initcap)\s*\(|\bilike\b|~~?\*|\bcitext\b|\bcollate\b", re.IGNORECASE)
"""What does not tell cases apart."""

_ADDRESS = re.compile(r"mail|domain", re.IGNORECASE)
"""How texts are called that are the same in any case."""


@dataclass(frozen=True, slots=True)
class _Alike:
    """Who bob is when he is called as she is, and what makes him so."""

    actor: Identity
    state: State


@dataclass(frozen=True)
class OtherCases:
    """Tries keys of tenants, and names by which they or users are told apart.

    Attributes:
        field: Where.
        reading: Tells what somebody read of hers.
    """

    field: Field
    reading: Reading

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what bob reads of hers then."""
        bob, texts = self.field.cast.user(BOB), self.field.texts
        attempts = [
            Attempt(one.actor, (read(relation),), about=(relation, one), before=one.state.statements)
            for relation in relations
            if self._alike
            and bob.role in relation.readable
            and any(map(_FOLDS.search, texts.run_to_read(relation.name)))
            for one in self._alike
        ]
        for attempt, outcome in self.field.runner.run(attempts):
            relation, one = attempt.about
            row = self.field.population.row(relation.name, ALICE.name)
            found = self.reading(relation, one.actor, BOB, outcome, row)
            if found.foreign and not outcome.state:
                yield relation.name, given_states(found, one.actor, (one.state,))

    @cached_property
    def _alike(self) -> list[_Alike]:
        return [*self._tenants(), *self._names()]

    def _tenants(self) -> Iterator[_Alike]:
        """Yield bob in tenants whose keys are hers in another case, once there is such a tenant."""
        forger, bob = Forger(self.field), self.field.cast.user(BOB)
        for relation, mine, hers in self._both({*self.field.owners.roots}):
            column = relation.column(self.field.owners.roots[relation.name])
            key, own = (hers.texts[column.name], mine.texts[column.name]) if column else (None, None)
            other = key.swapcase() if key else ""
            model = forger.model(relation, BOB)
            if column is None or not own or model is None or not _tells_cases(column) or other in {key, own}:
                continue
            founded = insert_sql(relation, model | {column.name: other})
            made = (founded, QUIETLY, *self._moved(relation, own, other), AS_EVER)
            statements = tuple(text.replace(own, other) for text in bob.statements)
            said = f"a place in a tenant called {other}"
            yield _Alike(replace(bob, statements=statements), State(relation.name, said, made))

    def _moved(self, root: Relation, own: str, other: str) -> Iterator[str]:
        """Yield the updates by which bob belongs to another tenant, wherever it is written where he does."""
        owners = self.field.owners
        for name in sorted(owners.identifying - {root.name}):
            row, relation = self.field.population.row(name, BOB.name), self.field.catalog.relation(name)
            owned = owners.owned.get(name)
            for tenant in owned.tenants if row and row.where and relation and owned else ():
                column = relation.column(tenant) if relation else None
                if row and column and row.texts.get(tenant) == own:
                    yield f"update {name} set {column.quoted} = {literal(other)} where {row.where}"

    def _names(self) -> Iterator[_Alike]:
        """Yield bob with names that are hers in another case, of which each is given once."""
        bob, owners = self.field.cast.user(BOB), self.field.owners
        for relation, mine, hers in self._both({*owners.people, *owners.roots}):
            for name in sorted(told_apart(relation, owners.owned.get(relation.name))):
                column, text = relation.column(name), hers.texts.get(name)
                if column and text and column.writable and _tells_cases(column) and text != text.swapcase():
                    change = f"{column.quoted} = {literal(text.swapcase())}"
                    made = f"update {relation.name} set {change} where {mine.where}"
                    told = (QUIETLY, *self._named(relation, name, text), AS_EVER)
                    yield _Alike(bob, State(relation.name, f"{change} in {relation.name}", (made, *told)))

    def _named(self, relation: Relation, name: str, text: str) -> Iterator[str]:
        """Yield the updates by which rows of hers say her name, in columns that code compares with it."""
        pairs = hints_of(self.field.catalog).pairs
        for other, key in sorted(right for left, right in pairs if left == (relation.name, name)):
            row, known = self.field.population.row(other, ALICE.name), self.field.catalog.relation(other)
            column = known.column(key) if known else None
            if row and row.where and column and column.writable and holds_text(column):
                yield f"update {other} set {column.quoted} = {literal(text)} where {row.where}"

    def _both(self, names: Iterable[str]) -> Iterator[tuple[Relation, SyntheticRow, SyntheticRow]]:
        """Yield relations in which both have a row, with these."""
        for name in sorted(names):
            relation, rows = self.field.catalog.relation(name), self.field.population
            mine, hers = rows.row(name, BOB.name), rows.row(name, ALICE.name)
            if relation and mine and hers and mine.where and hers.where:
                yield relation, mine, hers


def _tells_cases(column: Column) -> bool:
    return holds_text(column) and column.type != "citext" and not _ADDRESS.search(column.name)
