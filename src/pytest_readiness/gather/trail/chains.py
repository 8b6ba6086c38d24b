"""Writes to audited tables at the same time, and looks whether linked entries stay one chain."""

from __future__ import annotations

from contextlib import closing, suppress
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.audit import Chain, ChainEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.echoes import EchoEvidence
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.outside import confine
from pytest_readiness.gather.synthesis.rows import CannotFillError, RowMaker
from pytest_readiness.gather.trail.writer import expressions, limits
from pytest_readiness.judges.audit_log import trail
from pytest_readiness.judges.chains import chain_of, forks, in_order, link_of, linkable, may_link
from pytest_readiness.judges.ownership import infer
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log, Row
    from pytest_readiness.evidence.catalog import Relation

_VALUES = 3
"""How many values of a column are tried."""
_BOTH = 2
"""How many entries two changes leave, where neither is refused."""
_UNWRITTEN = "no table that it tells of could be changed by two sessions"
_APART = "its entries make a chain for each row, and two sessions wrote to different ones"
_UNMET = "what two sessions wrote at once left no entries"


@gatherer(strength=Strength.ATTACKED)
def chains(target: Target, catalog: CatalogEvidence, echoes: EchoEvidence) -> ChainEvidence:
    """Try each log that could link its entries, in a copy of the database of its own."""
    found = trail(catalog, target.settings.audit, echoes)
    tried: list[Chain] = []
    for log in found.logs:
        tables = [
            table
            for name, own in found.recorded.items()
            if own == log
            and (table := catalog.relation(name))
            and table.kind in TABLE_KINDS
            and not table.parent
        ]
        columns = linkable(log, found.relations[log.name], tables)
        if tables and len(columns) > 1:
            tried += _tried(target, catalog, log, tables, columns)
    return ChainEvidence(tuple(tried))


def _tried(
    target: Target, catalog: CatalogEvidence, log: Log, tables: Sequence[Relation], columns: tuple[str, ...]
) -> Iterator[Chain]:
    """Yield what two sessions made of a log in the first of its tables to which they could write.

    Where they could to none, what rows left when they were made may tell that nothing is linked.
    """
    possible = True
    for table in tables:
        with closing(target.database()) as first:
            confine(first, catalog, target.built.owner)
            with suppress(psycopg.Error, CannotFillError):
                rows = [_Changing(first, log, table, where) for where in _rows(target, first, catalog, table)]
                possible = possible and may_link(_entries(first, log), columns)
                rows = [row for row in rows if row.change()]
                if len(rows) > 1:
                    yield from _meet(target, first, log, columns, rows)
                    return
    if possible:
        yield Chain(log.name, "", (), "", unsure=_UNWRITTEN)


def _meet(
    target: Target,
    first: psycopg.Connection,
    log: Log,
    columns: tuple[str, ...],
    rows: Sequence[_Changing],
) -> Iterator[Chain]:
    """Change rows one after another, then each two of them from two sessions, where what they do stays."""
    places = [_alone(first, log, row) for row in rows]
    before = _entries(first, log)
    link = link_of(before, columns)
    if not link:
        return
    own, *others = (chain_of(before, link, place) for place in places)
    unsure = "" if own in others else _APART
    script = ""
    for row in rows[1:]:
        one = rows[0].change()
        other = row.change(one)
        refused = bool(other) and _at_once(target, first, (one, other))
        after = _entries(first, log)
        if len(after) - len(before) + refused < _BOTH:
            unsure = unsure or _UNMET
            continue
        forked = tuple(sorted(forks(before, after, link).items()))
        script = _script(log, one, other)
        if forked:
            yield Chain(log.name, link, forked, script)
            return
        before = after
    yield Chain(log.name, link, (), script, unsure)


def _alone(connection: psycopg.Connection, log: Log, row: _Changing) -> int:
    """Change a row; return the place of the entry among all."""
    connection.execute(f"begin; {limits()} {row.change()}; commit".encode())
    return len(_entries(connection, log)) - 1


def _script(log: Log, one: str, other: str) -> str:
    return f"-- session 1\nbegin;\n{one};\n-- session 2\n{other};\n-- session 1\ncommit;\ntable {log.name};"


def _rows(
    target: Target, connection: psycopg.Connection, catalog: CatalogEvidence, table: Relation
) -> list[str]:
    """Make a row of alice's, one of bob's, and if she may have two another one; return what finds them.

    Logs may keep a chain for each owner, who writes from two sessions too.
    """
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
    for person in (ALICE, BOB):
        maker.sign_up(person)
    rows = [maker.make(table, person) for person in (ALICE, BOB)]
    with suppress(CannotFillError):
        rows.append(replace(maker, seed=target.seed + 1).insert(table, ALICE))
    return [*dict.fromkeys(row.where for row in rows)]


class _Changing:
    """A row that is changed again and again.

    A log may take no entry for a row that is written as it was, so that each change is chosen anew.
    """

    def __init__(self, connection: psycopg.Connection, log: Log, table: Relation, where: str) -> None:
        self._connection = connection
        self._counted = f"select count(*) from {log.name}".encode()
        self._table = table
        self._where = where
        referring = {name for key in table.foreign_keys for name in key.columns} | set(table.primary_key)
        self._columns = [
            column
            for column in table.columns
            if column.writable and column.name not in referring and column.type != "uuid"
        ]
        self._first = self._held()

    def change(self, given: str = "") -> str:
        """Return a change that the server accepts now and that leaves an entry; empty if there is none.

        Args:
            given: A statement that comes before it.
        """
        for column in self._columns:
            for expression in (*islice(expressions(column), _VALUES), literal(self._first.get(column.name))):
                sql = f"update {self._table.name} set {column.quoted} = {expression} where {self._where}"
                if self._leaves_entry(sql, given):
                    return sql
        return ""

    def _held(self) -> dict[str, str | None]:
        """Return the row as it is, each column as text."""
        held = ", ".join(f"{column.quoted}::text" for column in self._columns) or "null"
        found = self._connection.execute(
            f"select {held} from {self._table.name} where {self._where}".encode()
        ).fetchone()
        return dict(zip((column.name for column in self._columns), found or (), strict=False))

    def _leaves_entry(self, sql: str, given: str) -> bool:
        """Make a change, and take it back."""
        self._connection.execute("begin")
        try:
            self._connection.execute(f"{limits()} {given}".encode())
            before = self._connection.execute(self._counted).fetchone()
            self._connection.execute(f"{sql}; set constraints all immediate".encode())
            return self._connection.execute(self._counted).fetchone() != before
        except psycopg.Error:
            return False
        finally:
            self._connection.execute("rollback")


def _at_once(target: Target, first: psycopg.Connection, changes: tuple[str, str]) -> bool:
    """Make the second change from a second session, before the first is committed; say if it was refused.

    Alone it would not be: it has to wait for the first one, or must not be made beside it.
    """
    with closing(target.database(first.info.dbname)) as second:
        first.execute(f"begin; {limits()} {changes[0]}".encode())
        try:
            second.execute(f"begin; {limits()} {changes[1]}; commit".encode())
        except psycopg.Error:
            return True
        finally:
            first.execute("commit")
    return False


def _entries(connection: psycopg.Connection, log: Log) -> list[Row]:
    order = [name for name in (*log.numbered, log.columns.at) if name]
    found = connection.execute(f"select to_jsonb(t.*) from {log.name} t".encode()).fetchall()
    return in_order([row[0] for row in found], order)
