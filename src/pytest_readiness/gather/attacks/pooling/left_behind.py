"""What functions leave on a connection, used by who is served on it next."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.calling.calls import until_it_hangs
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.pooling.pool import Pool
from pytest_readiness.gather.attacks.pooling.session_tables import left_in_tables
from pytest_readiness.gather.attacks.pooling.unknown import Unknown
from pytest_readiness.judges.sql.keeping import (
    hers_alone,
    keeps,
    kept_names,
    mentions,
    outlives,
    remembers_its_caller,
)
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.target.identities import Identity

_CALLS = 4
_SOUGHT = 32
"""Calls among which those are sought that show her what is hers."""

_SERVED = 2
_LOOKING = 6
"""Other functions that are asked for what one has left."""

_PREPARED = 20
"""Relations that are read by a prepared statement."""

_UNTIL_KEPT = 6
"""After so many calls on one connection the server keeps the plan of a statement with parameters."""

_NEWS = 8
"""New relations that are read after a request."""

_NEW = """
select format('%%I.%%I', nspname, relname) from pg_class join pg_namespace n on n.oid = relnamespace
where pg_class.oid::bigint > %(before)s and relkind in ('r', 'p', 'v', 'm') and nspname !~ '^pg_'
order by pg_class.oid
"""


class LeftBehind(Pool):
    """Lets somebody call a function, and bob be served next."""

    def all(self) -> Iterator[Assault]:
        """Attack through each function that leaves something, and through plans that are kept."""
        for function in self.field.catalog.functions:
            if self.alice.role in function.callers and self._leaves(function):
                yield self._left_by(function)
        planned = (
            relation
            for relation in (self.field.catalog.relations if self._unchanging else ())
            if self.bob.role in relation.readable
            and self._planned_for_one(self.field.texts.run_to_read(relation.name))
        )
        for relation in itertools.islice(planned, _PREPARED):
            yield self._prepared(relation)

    def _leaves(self, function: Function) -> bool:
        """Whether it may leave something by itself, by what it calls, or in plans."""
        if keeps(function.body):
            return True
        if function.returns in {"trigger", "event_trigger"}:
            return False
        called = self.field.texts.called([function.body])
        return any(outlives(one.body) for one in called) or bool(self._remembered(function))

    def _remembered(self, function: Function) -> str:
        """Return the function whose answer statements in it keep, as they are planned for one caller."""
        if not self._unchanging or function.language != "plpgsql":
            return ""
        reach = sorted(self.field.texts.function_reach(function))
        said = (text for name in reach for text in self.field.texts.run_to_read(name))
        return self._planned_for_one([function.body, *said])

    def _planned_for_one(self, texts: Iterable[str]) -> str:
        called = (one.signature for one in self.field.texts.called(texts))
        return next((name for name in called if name in self._unchanging), "")

    @cached_property
    def unknown(self) -> Unknown:
        """Who gives a key that nobody has, after somebody who gave hers."""
        return Unknown(self.field)

    @cached_property
    def _unchanging(self) -> frozenset[str]:
        """Functions whose answer is written into plans though it depends on who calls."""
        return frozenset(
            function.signature
            for function in self.field.catalog.functions
            if remembers_its_caller(function, self.field.texts.called([function.body]))
        )

    def _left_by(self, function: Function) -> Assault:
        """Let alice call it, and bob be served next; then let bob call it for her."""
        if harm := self.unknown.harm(function):
            return Assault(function.signature, "POOL", 1, (harm,))
        tried, noted = 0, None
        given = self.field.arguments.calls(function, _CALLS)
        calls = {call_sql(function, one): (self.alice, self.bob) for one in given}
        served = self._served(function)
        for call, who in itertools.chain(
            ((call, who) for call, both in calls.items() for who in both),
            ((call, self.alice) for call in served if call not in calls),
        ):
            tried += 1
            with self.connection() as connection:
                harm = self._after(connection, function, who, call, served.get(call, []))
                if harm and harm.kind == "read":
                    harm = _blamed(harm, self._remembered(function))
                    return Assault(function.signature, "POOL", tried, (harm,))
                noted = noted or harm
        return Assault(function.signature, "POOL", tried, (noted,) if noted else ())

    def _after(
        self, connection: psycopg.Connection, function: Function, who: Identity, call: str, hers: list[str]
    ) -> Harm | None:
        """Serve a call, and bob next: he looks, asks others for what it kept, and makes it himself."""
        times = _UNTIL_KEPT if self._remembered(function) else 1
        self.request(connection, who, *[call] * times, committing=True)
        # Before he calls anything: a call of his may put his own in place of what is there.
        in_tables = left_in_tables(self, connection, function, who, call)
        return (
            self._open_cursor(connection, who, call)
            or self._readable(connection, who, call)
            or (self._asked(connection, function, call, hers) if who is self.alice else None)
            or (in_tables if in_tables and in_tables.kind == "read" else None)
            or self._kept(connection, function, call)
            or self._made(connection, function, call)
            or in_tables
        )

    def _served(self, function: Function, before: str = "") -> dict[str, list[str]]:
        """Return calls that show alice what is hers, with what she gets; made after another call of hers."""
        calls = [call_sql(function, given) for given in self.field.arguments.calls(function, _SOUGHT)]
        first = (before.removeprefix(QUERY),) if before else ()
        tried = (Attempt(self.alice, (*first, call), about=call) for call in calls if call.startswith(QUERY))
        found = (
            (attempt.about, list(outcome.rows))
            for attempt, outcome in until_it_hangs(self.field, function, tried)
            if not outcome.state and self._tells(list(outcome.rows))
        )
        return dict(itertools.islice(found, _SERVED))

    def _tells(self, rows: list[str]) -> bool:
        """Whether rows say anything by which they can be recognised."""
        return bool(self.told(rows) or hers_alone(rows, rows, ()))

    def _asked(
        self, connection: psycopg.Connection, function: Function, call: str, shown: list[str]
    ) -> Harm | None:
        """Let bob ask other functions for what it kept, and make her very call, which shows her so much."""
        looks: list[tuple[str, str, list[str]]] = []
        for other in self._looking(function):
            looks += [(other.signature, look, hers) for look, hers in self._served(other, call).items()]
            own = self.field.arguments.own(other)
            looks += [(other.signature, call_sql(other, given), []) for given in own]
        for name, look, hers in (*looks, (function.signature, call, shown)):
            his = self.request(connection, self.bob, look, committing=True)
            anew = self._anew(look) if self.told(his) or hers_alone(hers, his, ()) else []
            kept = [mark for mark in self.told(his) if mark not in self.told(anew)]
            what = next(iter(kept), "") or hers_alone(hers, his, anew)
            if what and what not in " ".join(self._elsewhere(call, look)):
                text = self.next_request(self.alice, call, look)
                return Harm(BOB.name, "read", name, ALICE.name, f"`{what}`, kept", text)
        return None

    def _looking(self, function: Function) -> list[Function]:
        """Return the other functions that say a name of what one leaves."""
        names = kept_names(one.body for one in (function, *self.field.texts.called([function.body])))
        return [
            other
            for other in self.field.catalog.functions
            if other.signature != function.signature
            and other.kind == "function"
            and other.returns != "trigger"
            and self.bob.role in other.callers
            and any(mentions(one.body, names) for one in (other, *self.field.texts.called([other.body])))
        ][:_LOOKING]

    def _anew(self, look: str) -> list[str]:
        """Return what bob gets where nobody was served before."""
        with self.connection() as unused:
            return self.request(unused, self.bob, look, committing=True)

    def _elsewhere(self, call: str, look: str) -> list[str]:
        """Return what he gets on another connection after her request: what it changed for everybody."""
        with self.connection() as hers, self.connection(hers.info.dbname) as his:
            self.request(hers, self.alice, call, committing=True)
            return self.request(his, self.bob, look, committing=True)

    def _kept(self, connection: psycopg.Connection, function: Function, call: str) -> Harm | None:
        """Let bob call it for himself: what it kept of alice may come out."""
        for given in self.field.arguments.own(function):
            mine = call_sql(function, given)
            told = self.told(self.request(connection, self.bob, mine, committing=True))
            if not told or told == self.told(self._anew(mine)):
                continue  # it tells him anyway, which another check tells
            text = self.next_request(self.alice, call, mine)
            return Harm(BOB.name, "read", function.signature, ALICE.name, f"`{told[0]}`, kept", text)
        return None

    def _made(self, connection: psycopg.Connection, function: Function, call: str) -> Harm | None:
        """Read as bob what was not there before alice's request: a copy, an export."""
        found = connection.execute(_NEW, {"before": self._known}).fetchall()
        for (name,) in found[:_NEWS]:
            look = f"select to_jsonb(t.*)::text from {name} t"
            if told := self.told(self.request(connection, self.bob, look)):
                text = self.next_request(self.alice, call, f"table {name}")
                what = f"{name}, which {function.name} made: `{told[0]}`"
                return Harm(BOB.name, "read", name, ALICE.name, what, text)
        return None

    def _open_cursor(self, connection: psycopg.Connection, who: Identity, call: str) -> Harm | None:
        """Fetch as bob from what a request left open: a cursor WITH HOLD outlives its transaction."""
        found = connection.execute("select name from pg_catalog.pg_cursors where is_holdable").fetchall()
        for (name,) in found:
            cursor = identifier(name)
            fetch = f"fetch all from {cursor}"
            if told := self.told(self.request(connection, self.bob, fetch)):
                script = self.next_request(who, call, fetch)
                what = f"`{told[0]}`, from the cursor {name}"
                return Harm(BOB.name, "read", f"cursor {name}", ALICE.name, what, script)
        return None

    @cached_property
    def _known(self) -> int:
        """The highest number of a relation in the populated target; what is made later has a higher one."""
        with self.connection() as connection:
            found = connection.execute("select max(oid)::bigint from pg_class").fetchone()
        return int(found[0]) if found else 0

    def _readable(self, connection: psycopg.Connection, who: Identity, call: str) -> Harm | None:
        """Read as bob, whose own request sets nothing but what the API sets."""
        for relation in self.field.catalog.relations:
            if self.bob.role not in relation.readable:
                continue
            look = f"select to_jsonb(t.*)::text from {relation.name} t"
            if self._foreign(relation, self.request(connection, self.bob, look)) and not self._open(relation):
                text = self.next_request(who, call, f"table {relation.name}")
                return Harm(BOB.name, "read", relation.name, ALICE.name, f"after {who.name}'s request", text)
        return None

    def _prepared(self, relation: Relation) -> Assault:
        """Prepare the reading of it, as drivers do; what was planned for alice is carried out for bob."""
        prepare = f"prepare readiness_kept as {read(relation).removeprefix(QUERY)}"
        look = "execute readiness_kept"
        with self.connection() as connection:
            self.request(connection, self.alice, prepare, look)
            rows = self.request(connection, self.bob, look)
        harms: tuple[Harm, ...] = ()
        if self._foreign(relation, rows) and not self._open(relation):
            script = self.next_request(self.alice, f"{prepare};\n{look}", look)
            what = "from a statement that was prepared for her"
            harm = Harm(BOB.name, "read", relation.name, ALICE.name, what, script)
            harms = (_blamed(harm, self._planned_for_one(self.field.texts.run_to_read(relation.name))),)
        return Assault(f"prepared statements on {relation.name}", "POOL", 1, harms)

    def _open(self, relation: Relation) -> bool:
        """Whether bob reads it on a connection that nobody used, which another check tells."""
        with self.connection() as connection:
            rows = self.request(connection, self.bob, f"select to_jsonb(t.*)::text from {relation.name} t")
            return self._foreign(relation, rows)

    def _foreign(self, relation: Relation, rows: list[str]) -> bool:
        return any(self.field.recognition.foreign(relation, json.loads(text), BOB) for text in rows)


def _blamed(harm: Harm, function: str) -> Harm:
    """Return what was kept with the function that the server took for one that never changes, if any."""
    if not function:
        return harm
    by = f"{function} is declared IMMUTABLE though it asks who calls, so that plans keep its answer"
    return replace(harm, by=by, mend=f"alter function {function} stable;")
