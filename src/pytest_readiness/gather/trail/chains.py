"""Writes to audited tables at the same time, and looks whether linked entries stay one chain."""

from __future__ import annotations

from contextlib import closing, suppress
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
from pytest_readiness.judges.chains import begun, forks, in_order, link_of, linkable
from pytest_readiness.judges.ownership import infer
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log, Row
    from pytest_readiness.evidence.catalog import Relation

_VALUES = 3
"""How many values of a column are tried."""
_UNWRITTEN = "no table that it tells of could be changed by two sessions"
_APART = "its entries make a chain for each row, and two sessions wrote to different ones"


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
    """Yield what two sessions made of a log in the first of its tables to which they could write."""
    for table in tables:
        with closing(target.database()) as first:
            confine(first, catalog, target.built.owner)
            with suppress(psycopg.Error, CannotFillError):
                since = len(_entries(first, log))
                changes = _changes(target, first, catalog, log, table)
                if len(changes) > 1:
                    yield from _meet(target, first, log, columns, changes, since)
                    return
    yield Chain(log.name, "", (), "", unsure=_UNWRITTEN)


def _meet(
    target: Target,
    first: psycopg.Connection,
    log: Log,
    columns: tuple[str, ...],
    changes: Sequence[str],
    since: int,
) -> Iterator[Chain]:
    """Change rows one after another, then each two of them from two sessions, where what they do stays."""
    for change in changes:
        first.execute(f"begin; {limits()} {change}; commit".encode())
    before = _entries(first, log)
    link = link_of(before, columns)
    if not link:
        return
    unsure = _APART if begun(before, link, since) >= len(changes) else ""
    script = ""
    for other in changes[1:]:
        _at_once(target, first, (changes[0], other))
        after = _entries(first, log)
        forked = tuple(sorted(forks(before, after, link).items()))
        script = _script(log, changes[0], other)
        if forked:
            yield Chain(log.name, link, forked, script)
            return
        before = after
    yield Chain(log.name, link, (), script, unsure)


def _script(log: Log, one: str, other: str) -> str:
    return f"-- session 1\nbegin;\n{one};\n-- session 2\n{other};\n-- session 1\ncommit;\ntable {log.name};"


def _changes(
    target: Target, connection: psycopg.Connection, catalog: CatalogEvidence, log: Log, table: Relation
) -> list[str]:
    """Return a change of a row of alice's, one of bob's, and where she may have two one of her other row.

    Logs may keep a chain for each owner, who writes from two sessions too.
    """
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
    for person in (ALICE, BOB):
        maker.sign_up(person)
    rows = [maker.make(table, person) for person in (ALICE, BOB)]
    with suppress(CannotFillError):
        rows.append(maker.insert(table, ALICE))
    places = dict.fromkeys(row.where for row in rows)
    return [change for where in places if (change := _change(connection, log, table, where))]


def _change(connection: psycopg.Connection, log: Log, table: Relation, where: str) -> str:
    """Return the first change of a row that the server accepts and that leaves an entry; empty if none."""
    referring = {name for key in table.foreign_keys for name in key.columns} | set(table.primary_key)
    for column in table.columns:
        if not column.writable or column.name in referring or column.type == "uuid":
            continue
        for expression in islice(expressions(column), _VALUES):
            sql = f"update {table.name} set {column.quoted} = {expression} where {where}"
            if _leaves_entry(connection, log, sql):
                return sql
    return ""


def _leaves_entry(connection: psycopg.Connection, log: Log, sql: str) -> bool:
    """Make a change, and take it back."""
    counted = f"select count(*) from {log.name}".encode()
    connection.execute("begin")
    try:
        before = connection.execute(counted).fetchone()
        connection.execute(f"{limits()} {sql}; set constraints all immediate".encode())
        return connection.execute(counted).fetchone() != before
    except psycopg.Error:
        return False
    finally:
        connection.execute("rollback")


def _at_once(target: Target, first: psycopg.Connection, changes: tuple[str, str]) -> None:
    """Make the second change from a second session, before the first one is committed."""
    with closing(target.database(first.info.dbname)) as second:
        first.execute(f"begin; {limits()} {changes[0]}".encode())
        with suppress(psycopg.Error):  # it has to wait for the first one, or is refused
            second.execute(f"begin; {limits()} {changes[1]}; commit".encode())
        first.execute("commit")


def _entries(connection: psycopg.Connection, log: Log) -> list[Row]:
    order = [name for name in (*log.numbered, log.columns.at) if name]
    found = connection.execute(f"select to_jsonb(t.*) from {log.name} t".encode()).fetchall()
    return in_order([row[0] for row in found], order)
