"""Writes to a row in other ways than the plain ones, each undone at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.values import alternatives, value_for
from pytest_readiness.gather.trail.at_row import AtRow
from pytest_readiness.gather.trail.obstacles import Obstacle
from pytest_readiness.gather.trail.parts import Parts
from pytest_readiness.gather.trail.series import Series
from pytest_readiness.gather.trail.writer import changed_rows
from pytest_readiness.judges.audit.audit_log import changes, trigger_texts
from pytest_readiness.judges.audit.authors import Author
from pytest_readiness.judges.audit.trail import KEY_CHANGE
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.evidence.catalog import ForeignKey, Relation
    from pytest_readiness.gather.trail.turn import Done
    from pytest_readiness.target.identities import Identity

_MERGE_SINCE = 150000


@dataclass
class Ways(AtRow):
    """The other ways to write to the row that is there.

    Args:
        version: Of the server, as 150018.

    Attributes:
        unfilled: Partitions that no row could be made for, each with the reason.
    """

    version: int

    def __post_init__(self) -> None:
        """Take note of who wrote to it so far."""
        self.author, self.actor = self.turns.main
        self.catalog = self.turns.catalog
        self.unfilled: tuple[tuple[str, str], ...] = ()

    def all(self, changes: Mapping[str, str]) -> Iterator[Write]:
        """Yield the writes; `changes` are expressions that change a column and are recorded.

        What nobody but the owner writes functions write, each in its own way.
        """
        name = self.relation.name
        column, expression = next(iter(changes.items()), ("", ""))
        change = f"{identifier(column)} = {expression}" if column else ""
        free = self.author is not Author.OWNER
        alice = self.turns.alice if self.author is Author.BACKEND else None
        if free:
            yield from self._upserts(change)
        if free and self.version >= _MERGE_SINCE:
            merge = f"merge into {name} using (select 1) s on ({self.present}) when matched then"
            if change:
                yield from self._try("UPDATE", f"{merge} update set {change}", "MERGE")
            yield from self._try("DELETE", f"{merge} delete", "MERGE")
        update = f"update {name} set {change} where {self.present}" if change else ""
        yield from Obstacle(self.writer, self.row, self.present, self.actor).all(update, self._again())
        if update:
            yield from self._by(alice, "UPDATE", update)
            yield from self._replica(update)
        yield from self._by(alice, "DELETE", f"delete from {name} where {self.present}")
        if free:
            yield from self._key_change()
        for key in self.relation.foreign_keys:
            if key.on_delete:
                yield from self._cascade(key)
        parts = Parts(self.writer, self.row, self.present, self.turns)
        yield from parts.all(column, change)
        self.unfilled = tuple(parts.unfilled)
        yield from self._by_triggers()
        series = Series(self.writer, self.row, self.present, self.actor)
        yield from series.all(changes, self._again())

    def _try(self, verb: str, sql: str, way: str, *, sees: str = "") -> Iterator[Write]:
        """Yield what a statement of the backend does; nothing where the server refuses it."""
        done = self.writer.run(sql, self.actor, keep=False, sees=sees)
        if not done.sqlstate and (done.gone or done.new or done.entries):
            yield self._write(verb, sql, done, way)

    def _write(self, verb: str, sql: str, done: Done, way: str) -> Write:
        script = self.actor.script()
        return self.writer.write(verb, sql, done, self.row, actor=self.actor.name, script=script, way=way)

    def _upserts(self, change: str) -> Iterator[Write]:
        """Put the row in again: once it is left out, once it changes the row that is there."""
        key = ", ".join(identifier(name) for name in self.relation.primary_key)
        insert = self._again()
        if not key or not insert:
            return
        nothing = f"{insert} on conflict do nothing"
        done = self.writer.run(nothing, self.actor, keep=False)
        if not done.sqlstate and not done.new:
            yield self._write("INSERT", nothing, done, "INSERT … ON CONFLICT DO NOTHING")
        if change:
            column = change.split(" = ", maxsplit=1)[0]
            bound = change.replace(f"({column}", f"({self.relation.name}.{column}", 1)
            bound = bound.replace(f"= {column} ", f"= {self.relation.name}.{column} ", 1)
            sql = f"{insert} on conflict ({key}) do update set {bound}"
            yield from self._try("UPDATE", sql, "INSERT … ON CONFLICT DO UPDATE")

    def _again(self) -> str:
        """Return the statement that puts in the row as it is; empty when it is not there."""
        found = self._stored()
        columns = [c for c in self.relation.columns if not c.generated and found.get(c.name) is not None]
        names = ", ".join(c.quoted for c in columns)
        values = ", ".join(literal(found[c.name]) for c in columns)
        insert = f"insert into {self.relation.name} ({names}) overriding system value values ({values})"
        return insert if columns else ""

    def _stored(self) -> Mapping[str, str | None]:
        """Return the row as it is, each column as text; empty when it is not there."""
        columns = ", ".join(f"{c.quoted}::text" for c in self.relation.columns)
        cursor = self.writer.connection.execute(
            f"select {columns} from {self.relation.name} where {self.present}".encode()
        )
        found = cursor.fetchone()
        if found is None:
            return {}
        return {column.name: text for column, text in zip(self.relation.columns, found, strict=True)}

    def _by(self, alice: Identity | None, verb: str, sql: str) -> Iterator[Write]:
        """Write as the end user whose row it is, where she may."""
        if alice is None:
            return
        done = self.writer.run(sql, alice, keep=False)
        if not done.sqlstate and (done.gone or done.new):
            yield self.writer.write(
                verb, sql, done, self.row, actor=alice.name, script=alice.script(), way=f"{verb} by a user"
            )

    def _replica(self, sql: str) -> Iterator[Write]:
        """Write in a session that replays what another server recorded: only a superuser may say so."""
        truncate = f"truncate {self.relation.name} cascade"
        for verb, statement in (("UPDATE", sql), ("TRUNCATE", truncate)):
            done = self.writer.run(
                statement, None, before="set local session_replication_role = replica;", keep=False
            )
            if not done.sqlstate:
                script = "set local session_replication_role = replica;"
                yield self.writer.write(
                    verb,
                    statement,
                    done,
                    self.row,
                    actor="a superuser",
                    script=script,
                    way=f"{verb} in replica mode",
                    replica=True,
                )

    def _key_change(self) -> Iterator[Write]:
        """Give the row another key, where it has a single one that may change."""
        referring = {name for key in self.relation.foreign_keys for name in key.columns}
        if len(self.relation.primary_key) != 1 or self.relation.primary_key[0] in referring:
            return
        column = self.relation.column(self.relation.primary_key[0])
        if column is None or not column.writable:
            return
        value = value_for(column, self.writer.maker.seed, "another key")
        checks = (check for check in self.relation.checks if column.name in check.columns)
        others = (text for check in checks for text in alternatives(column, check.definition, value))
        for text in (value, *others):
            sql = f"update {self.relation.name} set {column.quoted} = {literal(text)} where {self.present}"
            done = self.writer.run(sql, self.actor, keep=False)
            if not done.sqlstate and done.gone:
                yield self._write("UPDATE", sql, done, KEY_CHANGE)
                return

    def _cascade(self, key: ForeignKey) -> Iterator[Write]:
        """Delete the row that it refers to: as the backend, or as the platform that owns it."""
        found = self._stored()
        values = [found.get(name) for name in key.columns]
        if not found or None in values or key.target == self.relation.name:
            return
        pairs = zip(key.target_columns, values, strict=True)
        where = " and ".join(f"{identifier(name)} = {literal(value)}" for name, value in pairs)
        sql = f"delete from {key.target} where {where}"
        verb = "DELETE" if key.on_delete == "CASCADE" else "UPDATE"
        for actor in (self.actor, None):
            done = self.writer.run(sql, actor, keep=False)
            if done.sqlstate or not (done.gone or done.new):
                continue
            yield self.writer.write(
                verb,
                sql,
                done,
                self.row,
                actor=actor.name if actor else "the platform",
                script=actor.script() if actor else "",
                way=f"ON DELETE {key.on_delete} from {key.target}",
            )
            return

    def _by_triggers(self) -> Iterator[Write]:
        """Make rows of other tables whose triggers change this one: it changes, whoever wrote."""
        for other in self.catalog.relations:
            if other.name == self.relation.name or other.kind not in TABLE_KINDS or other.parent:
                continue
            set_off = (trigger for trigger in other.triggers if "INSERT" in trigger.events)
            texts = (plain(text) for trigger in set_off for text in trigger_texts(self.catalog, trigger))
            if any(changes(self.relation).search(text) for text in texts):
                yield from self._set_off_by(other)

    def _set_off_by(self, other: Relation) -> Iterator[Write]:
        """Make one row of another table; yield a write for each row of this one that changed with it."""
        made = self._made(other)
        if made is None or made[1].sqlstate:
            return
        sql, done = made
        for gone, new in changed_rows(done, self.relation.primary_key):
            verb = "UPDATE" if gone and new else "DELETE" if gone else "INSERT"
            one = replace(done, gone=(gone,) if gone else (), new=(new,) if new else ())
            way = f"{verb} by an INSERT into {other.name}"
            # Its entries stand among those of the other table, and of what its trigger did besides.
            yield self.writer.write(
                verb, sql, one, self.row, actor=f"a trigger of {other.name}", way=way, mingled=True
            )

    def _made(self, other: Relation) -> tuple[str, Done] | None:
        """Return the statement that makes a row of another table for this one, and what came of it."""
        maker, connection = self.writer.maker.copy(), self.writer.connection
        there = connection.execute(
            f"select to_jsonb(t.*) from {self.relation.name} t where {self.present}".encode()
        ).fetchone()
        if there is None:
            return None
        maker.accept(self.relation, ALICE, there[0], self.row.sql)
        connection.execute("savepoint set_off")
        try:
            row = maker.trial(other, ALICE)
            caller = f"{maker.caller(ALICE)};\n"
            return row.sql, self.writer.run(row.sql, None, before=caller, keep=False)
        except CannotFillError:
            return None
        finally:
            connection.execute("rollback to set_off")
