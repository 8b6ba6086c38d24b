"""Lets bob's transaction stay open after a call or a write, and sees whether alice's own comes through."""

from __future__ import annotations

import itertools
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.calling.calls import until_it_hangs
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import value_for
from pytest_readiness.judges.sql.locking import apart, locks, updated

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.target.identities import Identity

WAITED = "a lock that all others wait for"
_LIMITS = "set local statement_timeout = '2s'; set local lock_timeout = '150ms'"
_REFUSED = "55P03"
_FEW, _SOUGHT = 6, 24
"""Calls among which those are sought that do something for both."""

_IN_ALL_S = 20
_PAIRS = 3
_MOST = 60
"""Functions, and tables, that are tried."""


@dataclass(frozen=True, slots=True)
class Pair:
    """What both do with what is their own: two calls, or two writes."""

    hers: str
    his: str


class Lockouts:
    """Tries what says that it locks, on two connections to a copy of its own."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)
        self._untried: list[str] = []
        self._until = time.monotonic() + _IN_ALL_S

    def all(self) -> Iterator[Assault]:
        """Try functions that both may call, and tables that both may write to and whose triggers act."""
        functions = [f for f in self.field.catalog.functions if self._is_tried(f)][:_MOST]
        tables = [r for r in self.field.catalog.relations if self._acts(r)][:_MOST]
        if not functions and not tables:
            return
        hers = self.field.target.database(like=self.field.population.database)
        his = self.field.target.database(hers.info.dbname)
        try:
            for function in functions:
                calls = (self._calls(function, limit) for limit in (_FEW, _SOUGHT))
                yield from self._tried(function.signature, calls, hers, his)
            for table in tables:
                yield from self._tried(table.name, (self._writes(table),), hers, his)
        finally:
            hers.close()
            his.close()
        if self._untried:
            names = ", ".join(self._untried)
            why = f"nothing that two people did with what is their own came through, in time, in {names}"
            yield Assault(f"{WAITED}, untried", "LOOK", 0, unclear=why)

    def _is_tried(self, function: Function) -> bool:
        if not {self.alice.role, self.bob.role} <= {*function.callers} or "trigger" in function.returns:
            return False
        reach = sorted(self.field.texts.function_reach(function))
        relations = (relation for name in reach if (relation := self.field.catalog.relation(name)))
        acting = [trigger.body for relation in relations for trigger in relation.triggers]
        return function.kind in {"function", "procedure"} and self._may_lock([function.body, *acting])

    def _acts(self, relation: Relation) -> bool:
        return relation.kind in TABLE_KINDS and bool(
            self._fired(relation, BOB) & self._fired(relation, ALICE)
        )

    def _fired(self, relation: Relation, person: Person) -> frozenset[str]:
        """Return what somebody may do that fires triggers which may lock."""
        held = relation.privileges.get(self.field.cast.user(person).role)
        if held is None:
            return frozenset()
        may = {"INSERT": held.insert, "UPDATE": held.update, "DELETE": "delete" in held.others}
        acting = (one for one in relation.triggers if one.enabled in "OA" and self._may_lock([one.body]))
        return frozenset(event for trigger in acting for event in trigger.events if may.get(event))

    def _may_lock(self, bodies: Iterable[str]) -> bool:
        """Whether code, or what it calls, locks something by name, or rows that are nobody's."""
        first = list(bodies)
        every = (*first, *(function.body for function in self.field.texts.called(first)))
        return any(locks(body) or any(map(self._is_shared, updated(body))) for body in every)

    def _is_shared(self, name: str) -> bool:
        return any(one not in self.field.owners.owned for one in self.field.texts.named(name))

    def _calls(self, function: Function, limit: int) -> Iterator[Pair]:
        """Yield calls that do something for each of them, and that give nothing alike."""
        hers, his = (self._done(function, person, limit) for person in (ALICE, BOB))
        for one, other in itertools.product(hers, his):
            if apart(function.arguments, one, other):
                yield Pair(call_sql(function, one), call_sql(function, other))

    def _done(self, function: Function, person: Person, limit: int) -> list[tuple[str, ...]]:
        """Return what somebody gives in calls that succeed, and that name nothing of the other one's."""
        arguments, who = self.field.arguments, self.field.cast.user(person)
        hers, his = (
            {value for one in function.arguments for value in arguments.of(one, function, other)}
            for other in (ALICE, BOB)
        )
        foreign = hers - his if person is BOB else his - hers
        own = tuple(arguments.first(one, function, person) for one in function.arguments)
        given = [
            one for one in dict.fromkeys((own, *arguments.calls(function, limit))) if not foreign & {*one}
        ]
        attempts = [Attempt(who, (call_sql(function, one),), about=one) for one in given]
        came = until_it_hangs(self.field, function, attempts)
        return [attempt.about for attempt, outcome in came if not outcome.state]

    def _writes(self, relation: Relation) -> Iterator[Pair]:
        """Yield what both do to rows of their own that refer to nothing alike."""
        hers, his = (self.field.population.row(relation.name, person.name) for person in (ALICE, BOB))
        referring = {name for key in relation.foreign_keys for name in key.columns}
        if not hers or not his or any(_alike(hers.texts[name], his.texts[name]) for name in referring):
            return
        ones, others = (dict(self._statements(relation, person)) for person in (ALICE, BOB))
        for verb in (verb for verb in ones if verb in others):
            both = [Attempt(self.alice, (ones[verb],)), Attempt(self.bob, (others[verb],))]
            if all(not came.state and came.touched for _, came in self.field.runner.run(both)):
                yield Pair(ones[verb], others[verb])

    def _statements(self, relation: Relation, person: Person) -> Iterator[tuple[str, str]]:
        """Yield by its verb what fires triggers: a new row of somebody's, and what changes nothing in one."""
        row, fired = self.field.population.row(relation.name, person.name), self._fired(relation, person)
        model = Forger(self.field).model(relation, person)
        held = relation.privileges[self.field.cast.user(person).role]
        if row and "UPDATE" in fired:
            same = [
                f"{c.quoted} = {c.quoted}" for c in relation.columns if c.name in held.update and c.writable
            ]
            yield "UPDATE", f"update {relation.name} set {', '.join(same)} where {row.where}"
        if row and "DELETE" in fired:
            yield "DELETE", f"delete from {relation.name} where {row.where}"
        if row and model and "INSERT" in fired:
            fresh: Values = {
                column.name: value_for(column, relation.name, person.name, column.name)
                for column in relation.columns
                if column.name in model and model[column.name] != row.texts.get(column.name)
            }
            new = {name: value for name, value in (model | fresh).items() if name in held.insert}
            yield "INSERT", insert_sql(relation, new)

    def _tried(
        self, subject: str, pairs: Iterable[Iterator[Pair]], hers: psycopg.Connection, his: psycopg.Connection
    ) -> Iterator[Assault]:
        for some in pairs if time.monotonic() < self._until else ():
            tried = 0
            for pair in itertools.islice(some, _PAIRS):
                came = self._meet(pair, hers, his)
                tried += came is not None
                if came == _REFUSED and not self._alone(hers, self.alice, pair.hers):
                    harm = Harm(BOB.name, "residual", subject, ALICE.name, WAITED, self._script(pair))
                    yield Assault(f"{subject}: {WAITED}", "LOOK", tried, (harm,))
                    return
            if tried:
                yield Assault(f"{subject}: {WAITED}", "LOOK", tried, owner="done")
                return
        self._untried.append(subject)

    def _meet(self, pair: Pair, hers: psycopg.Connection, his: psycopg.Connection) -> str | None:
        """Return how her deed ends while his transaction is open; None where one of them fails alone."""
        if self._alone(hers, self.alice, pair.hers):
            return None
        with _undone(his):
            if _state(his, self.bob, pair.his):
                return None
            return self._alone(hers, self.alice, pair.hers)

    def _alone(self, connection: psycopg.Connection, who: Identity, step: str) -> str:
        with _undone(connection):
            return _state(connection, who, step)

    def _script(self, pair: Pair) -> str:
        """Return what a person pastes into two sessions."""
        rows = self.field.setup("", self.field.texts.staged([pair.hers, pair.his]))
        return "\n".join(
            [
                *(("begin;", *rows, "commit;") if rows else ()),
                "-- in one session, which stays open:",
                *("begin;", self.bob.script(), f"{pair.his.removeprefix(QUERY)};"),
                "-- meanwhile in another:",
                *("begin;", self.alice.script(), "set local lock_timeout = '150ms';"),
                *(f"{pair.hers.removeprefix(QUERY)};", "rollback;"),
            ]
        )


def _alike(one: str | None, other: str | None) -> bool:
    return one is not None and one == other


@contextmanager
def _undone(connection: psycopg.Connection) -> Iterator[None]:
    """Undo what is done in a transaction, with locks that outlive it."""
    connection.execute("begin")
    try:
        yield
    finally:
        connection.execute("rollback")
        connection.execute("select pg_advisory_unlock_all()")


def _state(connection: psycopg.Connection, who: Identity, step: str) -> str:
    """Return how a statement of somebody's ends: empty where it succeeds."""
    try:
        connection.execute(f"{who.script()} {_LIMITS}".encode())
        connection.execute(step.removeprefix(QUERY).encode())
    except psycopg.Error as error:
        return error.sqlstate or "?"
    return ""
