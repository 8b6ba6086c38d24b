"""Calls what changes rows of others, and reads in the log, as the caller, what that left there."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.counterparts import CounterpartEvidence, Learned
from pytest_readiness.evidence.echoes import EchoEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.calling.calls import until_it_hangs
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.looks import read_columns
from pytest_readiness.judges.audit.audit_log import trail
from pytest_readiness.judges.audit.log_attacks import images_of, untold
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log, Row
    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.judges.audit.audit_log import Trail
    from pytest_readiness.target.identities import Identity

_CALLS = 24
"""Of each function."""
_SUMS = {ALICE: 4_815_162, BOB: 1_000_000}
"""What their rows hold before the call: enough to give some away, and nobody else's number."""
_NUMBERS = {"integer", "bigint", "numeric", "double precision", "real"}


@gatherer(strength=Strength.ATTACKED)
def counterparts(
    target: Target, catalog: CatalogEvidence, owners: Owners, population: Population, echoes: EchoEvidence
) -> CounterpartEvidence:
    """Call as bob what may change rows of others in tables whose log he may read; every call is undone."""
    found = trail(catalog, target.settings.audit, echoes)
    with Field(target, catalog, owners, population) as field:
        if field.barred:
            return CounterpartEvidence(barred=field.barred if found.logs else "")
        bob = field.cast.user(BOB)
        return CounterpartEvidence(
            tuple(
                learned
                for log in found.logs
                if bob.role in found.relations[log.name].readable
                for learned in _Caller(field, bob, log, found).all()
            )
        )


class _Caller:
    """Calls functions that reach the tables of one log."""

    def __init__(self, field: Field, caller: Identity, log: Log, found: Trail) -> None:
        relation = found.relations[log.name]
        self.field = field
        self.caller = caller
        self.log = log
        self.look = read_columns(relation, relation.readable[caller.role])
        recorded = (field.catalog.relation(name) for name, own in found.recorded.items() if own == log)
        self.audited = [table for table in recorded if table and table.kind in TABLE_KINDS]
        self.before = (_endowed(field, self.audited),)

    def all(self) -> Iterator[Learned]:
        """Yield what each function told; of one that told several things the first."""
        names = {relation.name for relation in self.audited}
        for function in self.field.catalog.functions if self.audited else ():
            callable_ = self.caller.role in function.callers and function.kind in {"function", "procedure"}
            if (
                callable_
                and function.returns != "trigger"
                and self.field.texts.function_reach(function) & names
            ):
                yield from itertools.islice(self._told(function), 1)

    def _told(self, function: Function) -> Iterator[Learned]:
        attempts = [
            Attempt(self.caller, (call.lstrip(QUERY), self.look), about=call, before=self.before)
            for given in self.field.arguments.calls(function, _CALLS)
            if (call := call_sql(function, given))
        ]
        for attempt, outcome in until_it_hangs(self.field, function, attempts):
            for relation, columns in self._read(attempt, outcome):
                sql = self.field.script(
                    relation.name, self.caller, attempt.steps, "select 1", before=self.before
                )
                yield Learned(self.log.name, function.signature, BOB.name, relation.name, columns, sql)

    def _read(self, attempt: Attempt, outcome: Outcome) -> Iterator[tuple[Relation, tuple[str, ...]]]:
        """Yield the tables of others' rows that new entries show, and the columns that nothing else tells."""
        new = list((Counter(outcome.rows) - self._old).elements()) if not outcome.state else []
        entries = [json.loads(text) for text in new]
        for relation, stored in self._others if entries else ():
            images = [i for entry in entries for i in images_of(entry, self.log, relation, stored)]
            told = self._answer(attempt) if images else ""
            shown = self._shown(relation, stored)
            if found := untold(images, relation, shown, self._known, told):
                yield relation, found

    def _answer(self, attempt: Attempt) -> str:
        """Return what the caller says, and what he is answered."""
        answered = self.field.runner.one(Attempt(self.caller, (attempt.about,), before=self.before))
        return "\n".join((attempt.about, *answered.rows, *answered.notices))

    @cached_property
    def _old(self) -> Counter[str]:
        return Counter(self.field.runner.one(Attempt(self.caller, (self.look,), before=self.before)).rows)

    @cached_property
    def _others(self) -> list[tuple[Relation, Row]]:
        """Rows that were there before the call and are somebody else's."""
        return [
            (relation, row.stored)
            for relation in self.audited
            for (name, _), row in self.field.population.rows.items()
            if name == relation.name and self.field.labels.foreign(name, row.stored, BOB)
        ]

    @cached_property
    def _visible(self) -> dict[str, list[Row]]:
        """Rows of each relation as the caller reads them, but for the log."""
        relations = [
            relation
            for relation in self.field.catalog.relations
            if self.caller.role in relation.readable and relation.name != self.log.name
        ]
        reads = [
            Attempt(self.caller, (read_columns(relation, relation.readable[self.caller.role]),))
            for relation in relations
        ]
        outcomes = [outcome for _, outcome in self.field.runner.run(reads)]
        return {
            relation.name: [json.loads(text) for text in outcome.rows]
            for relation, outcome in zip(relations, outcomes, strict=True)
        }

    @cached_property
    def _known(self) -> frozenset[str]:
        return frozenset(
            str(held) for rows in self._visible.values() for row in rows for held in row.values()
        )

    def _shown(self, relation: Relation, stored: Row) -> frozenset[str]:
        """Return the columns of a row that the caller reads in its table."""
        keys = relation.primary_key
        alike = (
            row
            for row in self._visible.get(relation.name, ())
            if keys and all(row.get(name) == stored.get(name) for name in keys)
        )
        return frozenset(next(alike, ()))


def _endowed(field: Field, audited: Sequence[Relation]) -> str:
    """Return a statement after which alice and bob are rich, as far as the tables allow."""
    changes = [
        f"update {relation.name} set {column.quoted} = {amount} where {row.where}"
        for relation in audited
        for person, amount in _SUMS.items()
        if (row := field.population.row(relation.name, person.name))
        for column in relation.columns
        if column.writable
        and column.type.split("(")[0] in _NUMBERS
        and column.name not in field.key_columns(relation) | set(relation.primary_key)
    ]
    tried = " ".join(f"begin {change}; exception when others then null; end;" for change in changes)
    return (
        "do $readiness$ begin set local session_replication_role = replica; "
        f"{tried} set local session_replication_role = origin; end $readiness$"
    )
