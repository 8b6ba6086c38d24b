"""One connection serves one person after another, as a pool does: what the last one left is used."""

from __future__ import annotations

import contextlib
import json
import re
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.attacks import Assault, Harm, SessionEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence, Function
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.arguments import Arguments
from pytest_readiness.gather.attacks.attempts import QUERY
from pytest_readiness.gather.attacks.calls import call_sql
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError, inside
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.mechanisms import explained
from pytest_readiness.target.quoting import identifier, literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.target.identities import Identity

_KEEPS = re.compile(
    r"\b(set_config|create\s+temp|listen|prepare|execute|with\s+hold)\b|(?:^|[;$]|\b(?:begin|then|else|loop)\b)\s*set\s+(?!local\b)",
    re.IGNORECASE,
)
"""What outlives a transaction; the SET of an UPDATE does not begin a statement."""

_CHANNEL = re.compile(r"pg_notify\s*\(\s*'([\w.-]+)'|\bnotify\s+([\w]+)", re.IGNORECASE)
_LARGE = re.compile(r"\blo_\w+", re.IGNORECASE)
_CALLS = 4
_NEWS = 8
"""New relations that are read after a request."""

_NEW = """
select format('%%I.%%I', nspname, relname) from pg_class join pg_namespace n on n.oid = relnamespace
where pg_class.oid::bigint > %(before)s and relkind in ('r', 'p', 'v', 'm') and nspname !~ '^pg_'
order by pg_class.oid
"""


@gatherer(strength=Strength.ATTACKED)
def sessions(
    target: Target, catalog: CatalogEvidence, owners: Owners, population: Population
) -> SessionEvidence:
    """Commit as one person, in a copy of the target's own, and look as another."""
    field = Field(target, catalog, owners, population)
    if barred := field.barred:
        return SessionEvidence((), undeclared=barred)
    found = tuple(explained(catalog, _Pool(field).all()))
    whole = target.built.migrations.whole
    return SessionEvidence(found, absent="" if found or not whole else "nothing outlives a transaction")


class _Pool:
    """Real connections as the platform's login, to copies of the populated target."""

    def __init__(self, field: Field) -> None:
        self.field = field
        self.alice, self.bob = field.cast.user(ALICE), field.cast.user(BOB)

    def all(self) -> Iterator[Assault]:
        """Attack through functions that leave something, through notifications and large objects."""
        for function in self.field.catalog.functions:
            if self.alice.role in function.callers and _KEEPS.search(function.body):
                yield self._left_by(function)
        if channels := self._channels():
            yield self._listened(channels)
        if self._uses_large_objects():
            yield self._large_object()

    @contextmanager
    def _connection(self, like: str = "") -> Iterator[psycopg.Connection]:
        """Connect to a copy of its own, as superuser who acts as the login role from the start."""
        connection = self.field.target.database(like=like or self.field.population.database)
        try:
            connection.execute("set statement_timeout = '2s'; set lock_timeout = '300ms'")
            yield connection
        finally:
            connection.close()

    def _request(
        self, connection: psycopg.Connection, who: Identity, *steps: str, committing: bool = False
    ) -> list[str]:
        """Serve one request, in a transaction of its own, and return the rows of its last query.

        Args:
            connection: To a copy of its own.
            who: Makes the request.
            *steps: Its statements.
            committing: Whether they may change what is not the copy's own, which is undone.
        """
        rows: list[str] = []
        try:
            with inside(connection) if committing else connection.transaction():
                connection.execute(_claims_of(who).encode())
                for step in steps:
                    cursor = connection.execute(step.removeprefix(QUERY).encode())
                    found = cursor.fetchall() if cursor.description else []
                    rows = [" ".join(map(str, row)) for row in found]
        except (psycopg.Error, ReachedOutsideError):
            return []
        finally:
            connection.execute("reset session authorization; reset role")
        return rows

    def _left_by(self, function: Function) -> Assault:
        """Let alice call it, and bob read in the next request; then let bob call it for her."""
        harms: list[Harm] = []
        tried = 0
        for given in Arguments(self.field).calls(function, _CALLS):
            call = call_sql(function, given)
            for who in (self.alice, self.bob):
                tried += 1
                with self._connection() as connection:
                    self._request(connection, who, call, committing=True)
                    harm = (
                        self._open_cursor(connection, who, call)
                        or self._readable(connection, who, call)
                        or self._kept(connection, function, call)
                        or self._made(connection, function, call)
                    )
                    if harm:
                        harms.append(harm)
                        return Assault(function.signature, "POOL", tried, tuple(harms))
        return Assault(function.signature, "POOL", tried)

    def _kept(self, connection: psycopg.Connection, function: Function, call: str) -> Harm | None:
        """Let bob call it for himself: what it kept of alice may come out."""
        for given in Arguments(self.field).own(function):
            mine = call_sql(function, given)
            told = self._told(self._request(connection, self.bob, mine, committing=True))
            if not told:
                continue
            with self._connection() as unused:
                if told == self._told(self._request(unused, self.bob, mine, committing=True)):
                    continue  # it tells him anyway, which another check tells
            text = self._next_request(self.alice, call, mine.removeprefix(QUERY))
            return Harm(BOB.name, "read", function.signature, ALICE.name, f"`{told[0]}`, kept", text)
        return None

    def _made(self, connection: psycopg.Connection, function: Function, call: str) -> Harm | None:
        """Read as bob what was not there before alice's request: a copy, an export."""
        found = connection.execute(_NEW, {"before": self._known}).fetchall()
        for (name,) in found[:_NEWS]:
            read = f"select to_jsonb(t.*)::text from {name} t"
            if told := self._told(self._request(connection, self.bob, read)):
                text = self._next_request(self.alice, call, f"table {name}")
                what = f"{name}, which {function.name} made: `{told[0]}`"
                return Harm(BOB.name, "read", name, ALICE.name, what, text)
        return None

    def _open_cursor(self, connection: psycopg.Connection, who: Identity, call: str) -> Harm | None:
        """Fetch as bob from what a request left open: a cursor WITH HOLD outlives its transaction."""
        found = connection.execute("select name from pg_catalog.pg_cursors where is_holdable").fetchall()
        for (name,) in found:
            cursor = identifier(name)
            fetch = f"fetch all from {cursor}"
            if told := self._told(self._request(connection, self.bob, fetch)):
                script = self._next_request(who, call, fetch)
                what = f"`{told[0]}`, from the cursor {name}"
                return Harm(BOB.name, "read", f"cursor {name}", ALICE.name, what, script)
        return None

    def _next_request(self, who: Identity, call: str, look: str) -> str:
        """Return what a person pastes: a request of somebody's, and bob's on the same connection."""
        return "\n".join(
            [
                "begin;",
                f"{_claims_of(who)};",
                f"{call.removeprefix(QUERY)};",
                "commit; reset session authorization; reset role; begin;",
                f"{_claims_of(self.bob)};",
                f"{look};",
                "rollback;",
            ]
        )

    @cached_property
    def _known(self) -> int:
        """The highest number of a relation in the populated target; what is made later has a higher one."""
        with self._connection() as connection:
            found = connection.execute("select max(oid)::bigint from pg_class").fetchone()
        return int(found[0]) if found else 0

    def _told(self, rows: list[str]) -> list[str]:
        return self.field.recognition.canaries_of_others("\n".join(rows), BOB)

    def _readable(self, connection: psycopg.Connection, who: Identity, call: str) -> Harm | None:
        """Read as bob, whose own request sets nothing but what the API sets."""
        for relation in self.field.catalog.relations:
            if self.bob.role not in relation.readable:
                continue
            read = f"select to_jsonb(t.*)::text from {relation.name} t"
            if self._foreign(relation, self._request(connection, self.bob, read)) and not self._open(
                relation
            ):
                text = self._next_request(who, call, f"table {relation.name}")
                return Harm(BOB.name, "read", relation.name, ALICE.name, f"after {who.name}'s request", text)
        return None

    def _open(self, relation: Relation) -> bool:
        """Whether bob reads it on a connection that nobody used, which another check tells."""
        with self._connection() as connection:
            rows = self._request(connection, self.bob, f"select to_jsonb(t.*)::text from {relation.name} t")
            return self._foreign(relation, rows)

    def _foreign(self, relation: Relation, rows: list[str]) -> bool:
        return any(self.field.recognition.foreign(relation, json.loads(text), BOB) for text in rows)

    def _channels(self) -> tuple[str, ...]:
        texts = "\n".join(self.field.texts.all())
        return tuple(sorted({a or b for a, b in _CHANNEL.findall(texts)}))

    def _listened(self, channels: tuple[str, ...]) -> Assault:
        """Listen as bob while alice's rows change."""
        with self._connection() as writer:
            listener = self.field.target.database(writer.info.dbname)
            listener.execute(
                f"set session authorization {identifier(self.bob.login or self.bob.role)}".encode()
            )
            for channel in channels:
                listener.execute(f"listen {identifier(channel)}".encode())
            changes = self._changes()
            for _, change in changes:
                # Whoever writes, it is told to whoever listens.
                with contextlib.suppress(psycopg.Error, ReachedOutsideError), inside(writer):
                    writer.execute(change.encode())
            told = [n.payload for n in listener.notifies(timeout=0.2)]
            listener.close()
        marks = self.field.recognition.canaries_of_others("\n".join(told), BOB)
        listen = (f"listen {identifier(channel)};" for channel in channels)
        script = "\n".join([*listen, *(f"{change};" for name, change in changes if self._is_of(name, marks))])
        harm = Harm(BOB.name, "read", channels[0], ALICE.name, f"`{marks[0]}`", script) if marks else None
        return Assault(f"channel {', '.join(channels)}", "LISTEN", len(changes), (harm,) if harm else ())

    def _is_of(self, name: str, marks: list[str]) -> bool:
        """Whether the first of these texts is in alice's row of a relation."""
        row = self.field.population.row(name, ALICE.name)
        return bool(row and marks and any(marks[0] in (text or "") for text in row.texts.values()))

    def _changes(self) -> list[tuple[str, str]]:
        """Return what makes triggers on alice's rows tell of them, with the relation.

        Her row is updated, put in place once more, and in the end deleted, together with what refers to it.
        """
        updates, deletes = [], []
        for relation in self.field.catalog.relations:
            row = self.field.population.row(relation.name, ALICE.name)
            if row is None or not relation.triggers:
                continue
            for column in relation.columns:
                if column.writable and column.name not in self.field.key_columns(relation):
                    same = f"{column.quoted} = {column.quoted}"
                    updates.append((relation.name, f"update {relation.name} set {same} where {row.where}"))
            delete = f"delete from {relation.name} where {row.where}"
            there = {c.name: row.texts.get(c.name) for c in relation.columns if not c.generated}
            again = (QUIETLY, delete, AS_EVER, insert_sql(relation, there))
            updates.append((relation.name, "; ".join(again)))
            deletes.append((relation.name, delete))
        return updates + deletes

    def _uses_large_objects(self) -> bool:
        catalog = self.field.catalog
        columns = (c.type for r in catalog.relations if r.kind in TABLE_KINDS for c in r.columns)
        mentioned = any(_LARGE.search(text) for text in self.field.texts.all())
        return catalog.large_objects or mentioned or "oid" in columns or "lo" in columns

    def _large_object(self) -> Assault:
        """Store one as alice and read all of them as bob."""
        text = "canary-of-a-large-object"
        store = f"select lo_from_bytea(0, convert_to({literal(text)}, 'utf8'))"
        read = "select convert_from(lo_get(oid), 'utf8') from pg_catalog.pg_largeobject_metadata"
        with self._connection() as connection:
            self._request(connection, self.alice, store)
            rows = self._request(connection, self.bob, read)
        script = f"{_claims_of(self.alice)};\n{store};\n{_claims_of(self.bob)};\n{read};"
        harm = (
            Harm(BOB.name, "read", "pg_largeobject", ALICE.name, f"`{text}`", script)
            if text in rows
            else None
        )
        return Assault("large objects", "POOL", 1, (harm,) if harm else ())


def _claims_of(who: Identity) -> str:
    """Return what the API itself does for a request; settings of the application's own are not its work."""
    claims = [
        statement for statement in who.statements if "request.jwt.claims" in statement
    ] or who.statements
    login = [f"set local session authorization {identifier(who.login)}"] if who.login else []
    return "; ".join([*login, f"set local role {identifier(who.role)}", *claims])
