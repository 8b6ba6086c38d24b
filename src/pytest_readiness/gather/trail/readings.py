"""Reads a log as whom it concerns in part: columns hidden from him, and rows of before his time."""

from __future__ import annotations

import json
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE, BOB, NEWCOMER
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.diversions import script
from pytest_readiness.gather.trail.writer import limits
from pytest_readiness.judges.audit.images import same
from pytest_readiness.judges.audit.log_attacks import HANDED_ON, HIDDEN, images_of
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.synthesis.rows import RowMaker
    from pytest_readiness.gather.trail.people import People
    from pytest_readiness.target.identities import Identity

_SHORTEST = 4
"""What is shorter may stand in an entry by chance."""


class Readings:
    """Reads one log, in a transaction that the caller rolls back.

    Args:
        people: Who read.
        connection: Of a superuser, in a transaction.
        log: What is read.
        audited: The tables that it tells of.
        maker: Made the rows in them.
        owners: Whose rows are whose.
    """

    def __init__(
        self,
        people: People,
        connection: psycopg.Connection,
        log: Log,
        audited: Sequence[Relation],
        maker: RowMaker,
        owners: Owners,
    ) -> None:
        self.people = people
        self.connection = connection
        self.log = log
        self.audited = audited
        self.maker = maker
        self.owners = owners

    def all(self) -> Iterator[Attempt]:
        """Yield what each could read."""
        self._join()
        for relation in self.audited:
            try:
                row = self.maker.make(relation, ALICE)
            except CannotFillError:
                continue
            yield from self._hidden(relation, row)
            yield from self._handed_on(relation, row)

    def _join(self) -> None:
        """Let alice belong to her tenant, where belonging is what shows her its rows."""
        for membership in self.owners.memberships:
            relation = self.maker.catalog.relation(membership.relation)
            if relation:
                with suppress(CannotFillError):
                    self.maker.make(relation, ALICE)

    def _hidden(self, relation: Relation, row: Row) -> Iterator[Attempt]:
        """Read the entries of her own row as its owner, for columns that she may not select."""
        alice = self.people.user(ALICE)
        shown = relation.readable.get(alice.role) if alice else None
        if alice is None or not shown:
            return
        texts = {name: held for name, held in row.stored.items() if name not in shown and _long(held)}
        entries, sql = self._entries(alice) if texts else ([], "")
        images = [image for entry in entries for image in images_of(entry, self.log, relation, row.stored)]
        for name, held in texts.items():
            seen = any(name in image and same(image[name], held) for image in images)
            said = f"{relation.name}.{name}, which {alice.role} may not select there"
            yield Attempt(HIDDEN + name, alice.name, seen, said, script(sql, alice), client=True)

    def _handed_on(self, relation: Relation, row: Row) -> Iterator[Attempt]:
        """Give the row to somebody else, and read as he what it held before."""
        bob, owned = self.people.user(BOB), self.owners.owned.get(relation.name)
        columns = [c for n in (owned.users if owned else ()) if (c := relation.column(n)) and c.writable]
        if bob is None or not columns or (owned and owned.tenants):
            return
        given = ", ".join(f"{c.quoted} = {literal(str(BOB.key(c.type)))}" for c in columns)
        give = f"update {relation.name} set {given} where {row.where}"
        self.connection.execute("savepoint handed_on")
        try:
            self.connection.execute(f"{limits()}{give}".encode())
            entries, sql = self._entries(bob)
        except psycopg.Error:
            return
        finally:
            self.connection.execute("rollback to handed_on")
        before = [text for e in entries if not _names(text := json.dumps(e, default=str), BOB, NEWCOMER)]
        hers = [text for text in before if _names(text, ALICE)]
        said = f"what {relation.name} held while it was another's"
        shown = f"{give};\n{script(sql, bob).removeprefix('begin;')}"
        yield Attempt(HANDED_ON + relation.name, bob.name, bool(hers), said, f"begin;\n{shown}", client=True)

    def _entries(self, reader: Identity) -> tuple[list[dict[str, Any]], str]:
        sql = f"select to_jsonb(t.*) from {self.log.name} t"
        self.connection.execute("savepoint reading")
        try:
            self.connection.execute(reader.script().encode())
            return [row[0] for row in self.connection.execute(sql.encode()).fetchall()], sql
        except psycopg.Error:
            return [], sql
        finally:
            self.connection.execute("rollback to reading")


def _long(held: object) -> bool:
    return isinstance(held, str) and len(held) >= _SHORTEST


def _names(text: str, *people: Person) -> bool:
    return any(person.uuid in text for person in people)
