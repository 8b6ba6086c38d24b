"""Writes to several rows at once, and to one of two that are alike, each undone at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.values import text_of, value_for
from pytest_readiness.gather.trail.at_row import AtRow
from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.gather.trail.writer import changed_rows, values_of, where_of
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.gather.trail.turn import Done

_BOTH = 2
_COLUMNS = 8
_VALUES = 4


@dataclass
class Neighbours(AtRow):
    """Writes to the row together with another like it, or beside that."""

    def __post_init__(self) -> None:
        """Take note of who wrote to it so far."""
        self.author, self.actor = self.turns.main

    def all(self, changes: Mapping[str, str]) -> Iterator[Write]:
        """Yield each change of each row; `changes` are expressions that change a column and are recorded."""
        if not self.relation.primary_key:
            return
        for person, writes in ((ALICE, self._together), (BOB, self._apart)):
            connection = self.writer.connection
            connection.execute("savepoint neighbour")
            try:
                if made := self._like(person):
                    yield from writes(*made, list(changes)[:_COLUMNS])
            except (psycopg.Error, CannotFillError):  # what cannot be made is not written to
                pass
            finally:
                connection.execute("rollback to neighbour")

    def _like(self, person: Person) -> tuple[str, dict[str, Any]] | None:
        """Make a row that is like the one there, but for its keys and whose it is."""
        stored, whose = self._stored(), {}
        maker = self.writer.maker.copy()  # what it makes is gone with the savepoint
        if person is not ALICE:
            maker.sign_up(person)
            whose = maker.keys(self.relation, person)
        given: Values = {
            column.name: text
            for column in self.relation.columns
            if column.writable and (text := text_of(column, stored.get(column.name))) is not None
        }
        given = {**given, **{name: text for name, text in whose.items() if text is not None}}
        sql = insert_sql(self.relation, {**given, **self._others(stored, given)})
        done = self.writer.run(sql, None, before=f"{maker.caller(person)};\n")
        key = self.relation.primary_key
        new = [one for one in done.new if any(one[name] != stored.get(name) for name in key)]
        before = maker.setup(self.relation, person) if person is not ALICE else ()
        return ("\n".join([*before, sql]), new[0]) if len(new) == 1 and not done.gone else None

    def _others(self, stored: Mapping[str, Any], given: Values) -> Values:
        """Return another value for one column of each key that both rows would have."""
        others: Values = {}
        referring = {name for key in self.relation.foreign_keys for name in key.columns}
        for key in (self.relation.primary_key, *self.relation.unique):
            columns = [column for name in key if (column := self.relation.column(name))]
            same = all(given.get(c.name) == text_of(c, stored.get(c.name)) for c in columns if c.writable)
            if not same or any(c.name in others or not c.writable for c in columns):
                continue
            column = next((c for c in columns if c.name not in referring), None)
            if column:
                others[column.name] = value_for(column, self.writer.maker.seed, "a neighbour", column.name)
        return others

    def _together(self, sql: str, other: dict[str, Any], columns: list[str]) -> Iterator[Write]:
        """Change, delete and put in both rows by one statement each."""
        name = self.relation.name
        both = f"({self.present}) or ({where_of(self.relation, other, '')})"
        for update in self._updates(columns, both):
            done = self._run(update)
            if done.entries and len(done.gone) == len(done.new) == _BOTH:
                yield from self._each("UPDATE", update, done, sql)
                break
        delete = f"delete from {name} where {both}"
        if self._may("DELETE"):
            yield from self._each("DELETE", delete, self._run(delete), sql)
        if self._may("INSERT"):
            yield from self._anew([self._stored(), other], delete)

    def _anew(self, rows: list[dict[str, Any]], delete: str) -> Iterator[Write]:
        """Put in both rows, which are taken away unseen by triggers, by one statement.

        A log that compares states saw neither go, and may find nothing new: each has to leave an entry alone.
        """
        with past_guards(self.writer.connection, delete) as gone:
            if gone.rows == _BOTH and all(self._run(self._insert([row])).entries for row in rows):
                insert = self._insert(rows)
                yield from self._each("INSERT", insert, self._run(insert), "")

    def _apart(self, sql: str, other: dict[str, Any], columns: list[str]) -> Iterator[Write]:
        """Change and delete the row while one like it, which is somebody else's, is there."""
        delete = f"delete from {self.relation.name} where {self.present}"
        statements = [("DELETE", delete)] if self._may("DELETE") else []
        statements += [("UPDATE", next(iter(self._updates([name], self.present)), "")) for name in columns]
        for verb, statement in statements:
            done = self._run(statement) if statement else None
            if done and not done.sqlstate and len(changed_rows(done, self.relation.primary_key)) == 1:
                write = self._write(verb, f"{verb}, beside a row that is like it,", statement, done, sql)
                yield replace(write, mingled=True, beside=other)

    def _updates(self, columns: list[str], place: str) -> Iterator[str]:
        """Yield updates that the server lets change the rows."""
        for column in (found for name in columns if (found := self.relation.column(name))):
            for value in islice(values_of(self.relation, column), _VALUES):
                sql = f"update {self.relation.name} set {column.quoted} = {value} where {place}"
                done = self._run(sql)
                if done.gone and done.new:
                    yield sql

    def _may(self, verb: str) -> bool:
        """Whether who changed the row is one of those who make such a write."""
        return self.author in self.turns.may(verb)

    def _run(self, sql: str) -> Done:
        return self.writer.run(sql, self.actor, keep=False)

    def _each(self, verb: str, sql: str, done: Done, made: str) -> Iterator[Write]:
        """Yield the change of each row apart, with all entries that the statement left."""
        pairs = changed_rows(done, self.relation.primary_key)
        for gone, new in pairs if len(pairs) == _BOTH else ():
            one = replace(done, gone=(gone,) if gone else (), new=(new,) if new else ())
            write = self._write(verb, f"{verb} of two rows at once", sql, one, made)
            yield replace(write, mingled=True)

    def _write(self, verb: str, way: str, sql: str, done: Done, made: str) -> Write:
        script = "\n".join([f"{made};", self.actor.script()] if made else [self.actor.script()])
        row = self.row if made else replace(self.row, sql="")
        return self.writer.write(verb, sql, done, row, actor=self.actor.name, script=script, way=way)

    def _insert(self, rows: list[dict[str, Any]]) -> str:
        columns = [
            c
            for c in self.relation.columns
            if not c.generated and any(r.get(c.name) is not None for r in rows)
        ]
        values = (
            ", ".join(
                "null" if (text := text_of(c, row.get(c.name))) is None else literal(text) for c in columns
            )
            for row in rows
        )
        names = ", ".join(identifier(c.name) for c in columns)
        drawn = "overriding system value " if any(not c.writable for c in columns) else ""
        return f"insert into {self.relation.name} ({names}) {drawn}values ({'), ('.join(values)})"

    def _stored(self) -> dict[str, Any]:
        found = self.writer.connection.execute(
            f"select to_jsonb(t.*) from {self.relation.name} t where {self.present}".encode()
        ).fetchone()
        return dict(found[0]) if found else {}
