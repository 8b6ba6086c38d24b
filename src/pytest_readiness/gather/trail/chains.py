"""Writes to audited tables at the same time, and looks whether linked entries stay one chain."""

from __future__ import annotations

from contextlib import suppress
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
from pytest_readiness.judges.chains import forks, link_of
from pytest_readiness.judges.ownership import infer
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Log, Row
    from pytest_readiness.evidence.catalog import Relation

_LINKED = frozenset({"bytea", "text", "uuid", "character varying", "character"})


@gatherer(strength=Strength.ATTACKED)
def chains(target: Target, catalog: CatalogEvidence, echoes: EchoEvidence) -> ChainEvidence:
    """Try each log that could link its entries, in a copy of the database of its own."""
    found = trail(catalog, target.settings.audit, echoes)
    tried = []
    for log in found.logs:
        tables = [
            table
            for name in found.recorded
            if found.recorded[name] == log and (table := catalog.relation(name))
        ]
        if _could_link(found.relations[log.name]):
            tried += [chain for table in tables if (chain := _meet(target, catalog, log, table))][:1]
    return ChainEvidence(tuple(tried))


def _could_link(log: Relation) -> bool:
    """Whether at least two columns that nobody reads could hold a hash or a key, one of the entry before."""
    kinds = [c.type.split("(")[0] for c in log.columns if c.not_null or c.type == "bytea"]
    return any(kinds.count(kind) > 1 for kind in _LINKED)


def _meet(target: Target, catalog: CatalogEvidence, log: Log, table: Relation) -> Chain | None:
    """Write to a table from two sessions, in a copy where what they do stays."""
    if table.kind not in TABLE_KINDS or table.parent:
        return None
    first = target.database()
    try:
        confine(first, catalog, target.built.owner)
        changes = _two_changes(target, first, catalog, table)
        for change in changes:
            first.execute(f"begin; {limits()} {change}; commit".encode())
        link = link_of(_entries(first, log))
        if not link or not changes:
            return None
        _at_once(target, first, changes)
        forked = tuple(sorted(forks(_entries(first, log), link).items()))
    except (psycopg.Error, CannotFillError):
        return None  # another check tells that nothing can be written here
    finally:
        first.close()
    one, other = changes
    script = f"-- session 1\nbegin;\n{one};\n-- session 2\n{other};\n-- session 1\ncommit;\ntable {log.name};"
    return Chain(log.name, link, forked, script)


def _two_changes(
    target: Target, connection: psycopg.Connection, catalog: CatalogEvidence, table: Relation
) -> tuple[str, ...]:
    """Return a change of a row of alice's and one of bob's; nothing where no column can be changed."""
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
    for person in (ALICE, BOB):
        maker.sign_up(person)
    rows = [maker.make(table, person) for person in (ALICE, BOB)]
    changes = tuple(next(_changes(table, row.where), "") for row in rows)
    return changes if all(changes) else ()


def _at_once(target: Target, first: psycopg.Connection, changes: tuple[str, ...]) -> None:
    """Make the second change from a second session, before the first one is committed."""
    second = target.database(first.info.dbname)
    try:
        first.execute(f"begin; {limits()} {changes[0]}".encode())
        with suppress(psycopg.Error):  # it has to wait for the first one, or is refused
            second.execute(f"begin; {limits()} {changes[1]}; commit".encode())
        first.execute("commit")
    finally:
        second.close()


def _entries(connection: psycopg.Connection, log: Log) -> list[Row]:
    order = [name for name in (*log.numbered, log.columns.at) if name]
    found = connection.execute(f"select to_jsonb(t.*) from {log.name} t".encode()).fetchall()
    return sorted((row[0] for row in found), key=lambda entry: [entry[name] for name in order])


def _changes(table: Relation, where: str) -> Iterator[str]:
    referring = {name for key in table.foreign_keys for name in key.columns} | set(table.primary_key)
    for column in table.columns:
        if column.writable and column.name not in referring and column.type != "uuid":
            yield f"update {table.name} set {column.quoted} = {next(expressions(column))} where {where}"
