"""Writes to every audited table, and reads what the log gained."""

from __future__ import annotations

import json
import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import AuditedTable, AuditEvidence, LogColumns, Write
from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.synthesis.outside import confine
from pytest_readiness.gather.synthesis.rows import CannotFillError, Row, RowMaker
from pytest_readiness.gather.synthesis.values import alternatives, is_text, value_for
from pytest_readiness.judges.audit_log import Log, expected_tables, find_log
from pytest_readiness.judges.ownership import infer
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.target.identities import Identity

_REFUSED = {"42501", "P0001"}
_SETTING = re.compile(r"current_setting\(\s*'(\w+\.[\w.]+)'")
_REFERENCED = "0A000"


@gatherer(strength=Strength.ATTACKED, shards=2)
def audit(target: Target, shard: Shard, catalog: CatalogEvidence) -> AuditEvidence:
    """Insert, update column by column, delete and truncate in each audited table of this shard."""
    settings = target.settings.audit
    log = find_log(catalog, settings)
    if log is None and not target.built.migrations.whole:
        return AuditEvidence("", LogColumns(), "", ())
    if log is None:
        looked = f"{settings.log} does not exist" if settings.log else "no table is written to by triggers"
        return AuditEvidence("", LogColumns(), "", (), absent=f"there is no audit log: {looked}")
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    tables = expected_tables(catalog, log.relation, settings, owners.owned)
    connection = target.database()
    confine(connection, catalog, target.built.owner)
    writer = _Writer(connection, log, target.service())

    def maker() -> RowMaker:
        return RowMaker(connection, catalog, owners, target.profile.users, target.seed)

    return AuditEvidence(
        log=log.relation.name,
        columns=log.columns,
        guess=log.guess,
        tables=tuple(
            replace(
                writer.table(relation, tables[relation.name], maker()), parts=_parts(catalog, relation.name)
            )
            for name in shard.part(sorted(tables))
            if (relation := catalog.relation(name))
        ),
        absent="" if tables else f"nothing is declared or seen to be audited in {log.relation.name}",
    )


def _parts(catalog: CatalogEvidence, name: str) -> tuple[str, ...]:
    """Return all partitions and children of a table, of every depth."""
    children = [relation.name for relation in catalog.relations if relation.parent == name]
    return (*children, *(part for child in children for part in _parts(catalog, child)))


@dataclass(frozen=True, slots=True)
class _Done:
    """A statement that was run: its refusal, or the rows and entries that came and went."""

    sqlstate: str
    message: str
    gone: tuple[dict[str, Any], ...]
    new: tuple[dict[str, Any], ...]
    entries: tuple[dict[str, Any], ...]


class _Writer:
    """Writes as the backend does, each table in a transaction that is rolled back."""

    def __init__(self, connection: psycopg.Connection, log: Log, actor: Identity) -> None:
        self.connection = connection
        self.log = log
        self.actor = actor

    def table(self, relation: Relation, why: str, maker: RowMaker) -> AuditedTable:
        """Make all writes to one table. The maker is new, since its rows go with the transaction."""
        self.maker = maker
        self.connection.execute("begin")
        try:
            self._empty_settings(relation)
            maker.sign_up(ALICE)
            row = self._valid_row(relation)
            return AuditedTable(
                relation.name, why, relation.primary_key, "", tuple(self._writes(relation, row))
            )
        except CannotFillError as error:
            return AuditedTable(relation.name, why, relation.primary_key, str(error), ())
        finally:
            self.connection.execute("rollback")

    def _empty_settings(self, relation: Relation) -> None:
        """Leave the settings that triggers read as a used connection has them: empty, not unset."""
        names = {name for trigger in relation.triggers for name in _SETTING.findall(trigger.body)}
        for name in sorted(names):
            if not name.startswith("request."):
                self.connection.execute("select set_config(%s, '', true)", (name,))

    def _valid_row(self, relation: Relation) -> Row:
        """Find values that the server accepts, and take the row away again; its parents stay."""
        self.maker.values(relation, ALICE)
        self.connection.execute("savepoint candidate")
        try:
            return self.maker.insert(relation, ALICE)
        finally:
            self.connection.execute("rollback to candidate")

    def _writes(self, relation: Relation, row: Row) -> Iterator[Write]:
        present = row.where
        if not row.adopted:
            insert = self._run(relation, row.sql)
            yield self._write("INSERT", relation, row, row.sql, insert)
            if insert.sqlstate:
                present = self.maker.insert(relation, ALICE).where
            else:
                present = self._where(relation, row, insert)
        for column in relation.columns:
            yield from self._updates(relation, row, column, present)
        truncate = f"truncate {relation.name}"
        done = self._run(relation, truncate, keep=False)
        if done.sqlstate == _REFERENCED:
            truncate += " cascade"
            done = self._run(relation, truncate, keep=False)
        yield self._write("TRUNCATE", relation, row, truncate, done)
        delete = f"delete from {relation.name} where {present}"
        yield self._write("DELETE", relation, row, delete, self._run(relation, delete))

    def _where(self, relation: Relation, row: Row, insert: _Done) -> str:
        """Return the condition for the row that was inserted; the server may have drawn its key."""
        if not relation.primary_key or len(insert.new) != 1:
            return row.where
        stored = insert.new[0]
        keys = ((c.quoted, stored[c.name]) for c in relation.columns if c.name in relation.primary_key)
        return " and ".join(f"{name} = {literal(str(value))}" for name, value in keys)

    def _updates(self, relation: Relation, row: Row, column: Column, present: str) -> Iterator[Write]:
        """Change one column that is no key; to NULL and back where it may be NULL."""
        keys = {name for key in relation.foreign_keys for name in key.columns} | set(relation.primary_key)
        owned = self.maker.owners.owned.get(relation.name)
        if not column.writable or column.name in keys or (owned and column.name in owned.columns):
            return
        for expression in _expressions(column):
            sql = f"update {relation.name} set {column.quoted} = {expression} where {present}"
            done = self._run(relation, sql)
            if done.gone or done.sqlstate in _REFUSED:
                yield self._write("UPDATE", relation, row, sql, done, column.name)
            if done.gone or done.sqlstate in _REFUSED:
                break
        if not column.not_null:
            for value in ("null", literal(value_for(column, self.maker.seed, "again"))):
                sql = f"update {relation.name} set {column.quoted} = {value} where {present}"
                done = self._run(relation, sql)
                if done.gone:
                    yield self._write("UPDATE", relation, row, sql, done, column.name)

    def _run(self, relation: Relation, sql: str, *, keep: bool = True) -> _Done:
        """Run a statement as the backend; look at table and log as superuser.

        Deferred triggers are made to fire, as they would at the end of the transaction.
        """
        rows, entries = self._snapshot(relation.name), self._snapshot(self.log.relation.name)
        try:
            self.connection.execute(self._batch(sql).encode())
        except psycopg.Error as error:
            self.connection.execute("rollback to written")
            message = (error.diag.message_primary or str(error)).split("\n")[0]
            return _Done(error.sqlstate or "08006", message, (), (), ())
        gone, new = _difference(rows, self._snapshot(relation.name))
        _, added = _difference(entries, self._snapshot(self.log.relation.name))
        self.connection.execute("release written" if keep else "rollback to written")
        return _Done("", "", gone, new, added)

    def _batch(self, sql: str) -> str:
        """Return all statements of one write, to be sent in one message."""
        return "\n".join(
            [
                "savepoint written;",
                "set local statement_timeout = '5s';",
                "set local lock_timeout = '1s';",
                self.actor.script(),
                f"{sql};",
                "set constraints all immediate;",
                "reset session authorization;",
            ]
        )

    def _snapshot(self, name: str) -> Counter[str]:
        statement = f"select to_jsonb(t.*)::text from {name} t"
        return Counter(row[0] for row in self.connection.execute(statement.encode()).fetchall())

    def _write(
        self, verb: str, relation: Relation, row: Row, sql: str, done: _Done, column: str = ""
    ) -> Write:
        one = verb != "TRUNCATE"
        return Write(
            verb=verb,
            column=column,
            actor=self.actor.role,
            before=done.gone[0] if one and done.gone else None,
            after=done.new[0] if one and done.new else None,
            entries=done.entries,
            sqlstate=done.sqlstate,
            message=done.message,
            sql=self._script(relation, row, sql, first=verb == "INSERT"),
        )

    def _script(self, relation: Relation, row: Row, sql: str, *, first: bool) -> str:
        """Return what a person pastes, as superuser, into a copy of the target."""
        setup = self.maker.setup(relation, ALICE)
        mine = [] if first or row.adopted else [f"{row.sql};"]
        return "\n".join(
            [
                "begin;",
                *setup,
                *mine,
                self.actor.script(),
                f"{sql};",
                "reset session authorization;",
                f"table {self.log.relation.name};",
                "rollback;",
            ]
        )


def _difference(
    before: Counter[str], after: Counter[str]
) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    gone, new = sorted((before - after).elements()), sorted((after - before).elements())
    return tuple(json.loads(text) for text in gone), tuple(json.loads(text) for text in new)


def _expressions(column: Column) -> Iterator[str]:
    """Yield expressions that give a column another value, the plainest first."""
    base = column.type.split("(")[0]
    if base in {"smallint", "integer", "bigint", "numeric", "real", "double precision", "money"}:
        yield f"coalesce({column.quoted}, '0') + '1'"
        yield f"coalesce({column.quoted}, '0') - '1'"
    elif base == "boolean":
        yield f"{column.quoted} is not true"
    elif base.startswith("timestamp"):
        yield f"coalesce({column.quoted}, now()) + interval '1 hour'"
    elif column.kind == "e":
        for label in reversed(column.labels):
            yield literal(label)
    else:
        yield literal(value_for(column, "changed"))
    if is_text(column):
        for value in alternatives(column, column.default)[:20]:
            yield literal(value)
