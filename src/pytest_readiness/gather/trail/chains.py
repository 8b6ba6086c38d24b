"""Writes to audited tables at the same time, and looks whether linked entries stay one chain."""

from __future__ import annotations

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
    """Write to two rows from two sessions, the second before the first one's COMMIT."""
    if table.kind not in TABLE_KINDS or table.parent:
        return None
    first = target.database()
    confine(first, catalog, target.built.owner)
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    maker = RowMaker(first, catalog, owners, target.profile.users, target.seed)
    try:
        for person in (ALICE, BOB):
            maker.sign_up(person)
        rows = [maker.make(table, person) for person in (ALICE, BOB)]
        changes = [next(_changes(table, row.where), "") for row in rows]
        for change in changes if all(changes) else ():
            first.execute(f"begin; {limits()} {change}; commit".encode())
        link = link_of(_entries(first, log))
        if not link:
            return None
        second = target.database(first.info.dbname)
        first.execute(f"begin; {limits()} {changes[0]}".encode())
        try:
            second.execute(f"begin; {limits()} {changes[1]}; commit".encode())
        except psycopg.Error:
            second.execute("rollback")  # it had to wait for the first one, or was refused
        first.execute("commit")
    except (psycopg.Error, CannotFillError):
        return None
    script = "\n".join(
        [
            *("-- session 1", "begin;", f"{changes[0]};"),
            *("-- session 2", f"{changes[1]};"),
            *("-- session 1", "commit;", f"table {log.name};"),
        ]
    )
    return Chain(log.name, link, tuple(sorted(forks(_entries(first, log), link).items())), script)


def _entries(connection: psycopg.Connection, log: Log) -> list[Row]:
    order = [name for name in (*log.numbered, log.columns.at) if name]
    found = connection.execute(f"select to_jsonb(t.*) from {log.name} t".encode()).fetchall()
    return sorted((row[0] for row in found), key=lambda entry: [entry[name] for name in order])


def _changes(table: Relation, where: str) -> Iterator[str]:
    referring = {name for key in table.foreign_keys for name in key.columns} | set(table.primary_key)
    for column in table.columns:
        if column.writable and column.name not in referring and column.type != "uuid":
            yield f"update {table.name} set {column.quoted} = {next(expressions(column))} where {where}"
