"""Writes to each table whose triggers or rules name another, and reads what the other gained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.echoes import Echo, EchoEvidence
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.outside import confine
from pytest_readiness.gather.synthesis.rows import CannotFillError, RowMaker
from pytest_readiness.gather.trail.writer import Writer, expressions, where_of
from pytest_readiness.judges.audit_log import may_be_written_by
from pytest_readiness.judges.ownership import infer
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.gather.synthesis.rows import Row
    from pytest_readiness.gather.trail.writer import Done

_UPDATES = 2
"""How many updates show what an entry has in common with another of its kind."""


@gatherer(strength=Strength.ATTACKED)
def echoes(target: Target, catalog: CatalogEvidence) -> EchoEvidence:
    """Insert, update twice and delete a row of each such table; every write is undone."""
    pairs = may_be_written_by(catalog)
    if not pairs:
        return EchoEvidence()
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    connection = target.database()
    confine(connection, catalog, target.built.owner)
    found: list[Echo] = []
    for writer, log in pairs:
        found += _heard(target, connection, catalog, owners, writer, log)
    return EchoEvidence(tuple(found))


def _heard(  # noqa: PLR0913, PLR0917  what one table is written to with
    target: Target,
    connection: psycopg.Connection,
    catalog: CatalogEvidence,
    owners: Owners,
    relation: Relation,
    log: Relation,
) -> list[Echo]:
    if relation.kind not in TABLE_KINDS:
        return []
    maker = RowMaker(connection, catalog, owners, target.profile.users, target.seed)
    connection.execute("begin")
    try:
        for person in (ALICE, BOB):
            maker.sign_up(person)
        maker.values(relation, ALICE)
        connection.execute("savepoint candidate")
        row = maker.insert(relation, ALICE)
        connection.execute("rollback to candidate")
        return list(_writes(Writer(connection, log.name, maker, relation), row, log))
    except CannotFillError:
        return []  # another check tells that nothing can be written here
    finally:
        connection.execute("rollback")


def _writes(writer: Writer, row: Row, log: Relation) -> Iterator[Echo]:
    relation, maker = writer.relation, writer.maker
    as_alice, as_bob = (f"{maker.caller(person)};\n" for person in (ALICE, BOB))

    def echo(verb: str, done: Done, caller: tuple[str, ...]) -> Echo:
        before, after = (rows[0] if rows else None for rows in (done.gone, done.new))
        return Echo(relation.name, log.name, verb, relation.primary_key, before, after, done.entries, caller)

    bob = (BOB.uuid, BOB.email, str(BOB.number)) if maker.users else ()
    present = row.where
    if not row.adopted:
        done = writer.run(row.sql, None, before=as_alice)
        if done.sqlstate:
            return
        yield echo("INSERT", done, ())
        if len(done.new) == 1:
            present = where_of(relation, done.new[0], row.where)
    updates = 0
    for sql in _changes(relation, present):
        done = writer.run(sql, None, before=as_bob, keep=False)
        if done.gone and done.new and not done.sqlstate:
            yield echo("UPDATE", done, bob)
            updates += 1
            if updates == _UPDATES:
                break
    done = writer.run(f"delete from {relation.name} where {present}", None, before=as_bob, keep=False)
    if done.gone and not done.sqlstate:
        yield echo("DELETE", done, bob)


def _changes(relation: Relation, present: str) -> Iterator[str]:
    """Yield updates of one column each, the first ones on different columns."""
    referring = {name for key in relation.foreign_keys for name in key.columns} | set(relation.primary_key)
    for column in relation.columns:
        if column.writable and column.name not in referring:
            for expression in list(expressions(column))[:3]:
                yield f"update {relation.name} set {column.quoted} = {expression} where {present}"
