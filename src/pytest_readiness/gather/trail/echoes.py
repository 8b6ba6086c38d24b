"""Writes to each table whose triggers or rules name another, and reads what the other gained."""

from __future__ import annotations

from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.echoes import Echo, EchoEvidence, Unheard
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.outside import confine
from pytest_readiness.gather.synthesis.refusals import where
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.rows import RowMaker
from pytest_readiness.gather.trail.calling import called
from pytest_readiness.gather.trail.people import People
from pytest_readiness.gather.trail.writer import Writer, expressions, where_of
from pytest_readiness.judges.audit.audit_log import (
    denied,
    made_of,
    may_be_written_by,
    meant_to_last,
    told_by_names,
    written_by_functions,
)
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.turn import Done

_SILENCE = "set local session_replication_role = replica;\n"
_UPDATES = 2
"""How many updates show what entries have in common, where it need not be told whether each leaves one."""
_VALUES = 3
"""How many values of a column are tried."""


@gatherer(strength=Strength.ATTACKED)
def echoes(target: Target, catalog: CatalogEvidence) -> EchoEvidence:
    """Insert, update and delete a row of each such table; every write is undone."""
    settings = target.settings.audit
    pairs = [pair for pair in may_be_written_by(catalog) if not denied(pair[1], settings)]
    spoken = {log.name: log for _, _, log in written_by_functions(catalog) if not denied(log, settings)}
    if not pairs and not spoken:
        return EchoEvidence()
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    connection = target.database()
    confine(connection, catalog, target.built.owner)
    found: list[Echo] = []
    unheard: list[Unheard] = []
    roles = {target.service().role, *catalog.clients}
    with closing(connection):
        sealed = {
            log.name
            for log in (*(log for _, log in pairs), *spoken.values())
            if not any(_may_alter(connection, role, log) for role in roles)
        }
        for writer, log in pairs:
            lasts = meant_to_last(log, (writer,), sealed=log.name in sealed)
            whole = lasts and not told_by_names(log, settings)
            updates = len(writer.columns) if whole else _UPDATES
            try:
                found += _heard(target, connection, catalog, owners, (writer, log), updates)
            except psycopg.Error as error:
                unheard.append(Unheard(writer.name, log.name, str(error).split("\n")[0]))
        calls = tuple(called(target, connection, catalog, owners, People(target, catalog, owners)))
    return EchoEvidence(tuple(found), frozenset(sealed), tuple(unheard), calls)


def _may_alter(connection: psycopg.Connection, role: str, log: Relation) -> bool:
    row = connection.execute(
        "select has_table_privilege(%(role)s, %(log)s, 'update, delete')",
        {"role": role, "log": log.name},
    ).fetchone()
    return bool(row and row[0])


def _heard(
    target: Target,
    connection: psycopg.Connection,
    catalog: CatalogEvidence,
    owners: Owners,
    pair: tuple[Relation, Relation],
    updates: int,
) -> list[Echo]:
    relation, log = pair
    maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
    writer = Writer(connection, log.name, maker, relation)
    connection.execute("begin")
    try:
        for person in (ALICE, BOB):
            maker.sign_up(person)
        if relation.kind not in TABLE_KINDS:
            return [echo for base in made_of(catalog, relation) for echo in _through(writer, base, updates)]
        maker.values(relation, ALICE)
        connection.execute("savepoint candidate")
        row = maker.insert(relation, ALICE)
        connection.execute("rollback to candidate")
        return list(_writes(writer, row, updates))
    except CannotFillError:
        return []  # another check tells that nothing can be written here
    finally:
        connection.execute("rollback")


def _writes(writer: Writer, row: Row, updates: int) -> Iterator[Echo]:
    relation = writer.relation
    as_alice = f"{writer.maker.caller(ALICE)};\n"
    present = row.where
    if not row.adopted:
        done = writer.run(row.sql, None, before=as_alice, keep=False)
        if done.sqlstate:
            return
        yield _echo(writer, relation, "INSERT", done, ())
        # Without an entry, where that is possible: a log may take one for each row and transaction.
        for silence in (_SILENCE, ""):
            done = writer.run(row.sql, None, before=silence + as_alice)
            if not done.sqlstate:
                break
        if len(done.new) == 1:
            present = where_of(relation, done.new[0], row.where)
    yield from _changed(writer, relation, present, updates)


def _through(writer: Writer, base: Relation, updates: int) -> Iterator[Echo]:
    """Write to the row of a table through a view over it."""
    shown = {column.name for column in writer.relation.columns}
    if not base.primary_key or not shown.issuperset(base.primary_key):
        return
    row = writer.maker.make(base, ALICE)
    present = where(base, {name: row.texts[name] for name in base.primary_key})
    yield from _changed(writer, base, present, updates)


def _changed(writer: Writer, base: Relation, present: str, updates: int) -> Iterator[Echo]:
    """Update and delete a row as somebody whose it is not, so that entries tell the two apart."""
    maker = writer.maker
    before = f"{maker.caller(BOB)};\n"
    bob = (BOB.uuid, BOB.email, str(BOB.number)) if maker.users else ()
    kept = {*base.primary_key, *_referring(base)}
    columns = (column for column in writer.relation.columns if column.writable and column.name not in kept)
    for done in islice(
        (done for column in columns if (done := _update(writer, base, column, present))), updates
    ):
        yield _echo(writer, base, "UPDATE", done, bob)
    sql = f"delete from {writer.relation.name} where {present}"
    done = writer.run(sql, None, before=before, keep=False, sees=base.name)
    if done.gone and not done.sqlstate:
        yield _echo(writer, base, "DELETE", done, bob)


def _echo(writer: Writer, base: Relation, verb: str, done: Done, caller: tuple[str, ...]) -> Echo:
    before, after = (rows[0] if rows else None for rows in (done.gone, done.new))
    return Echo(base.name, writer.log, verb, base.primary_key, before, after, done.entries, caller)


def _referring(relation: Relation) -> set[str]:
    return {name for key in relation.foreign_keys for name in key.columns}


def _update(writer: Writer, base: Relation, column: Column, present: str) -> Done | None:
    """Change one column, as the server lets it be changed; None where it does not."""
    before = f"{writer.maker.caller(BOB)};\n"
    for expression in islice(expressions(column), _VALUES):
        sql = f"update {writer.relation.name} set {column.quoted} = {expression} where {present}"
        done = writer.run(sql, None, before=before, keep=False, sees=base.name)
        if done.gone and done.new and not done.sqlstate:
            return done
    return None
