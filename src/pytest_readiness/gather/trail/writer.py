"""Runs one statement as somebody, and sees what came and went in a table and in its log."""

from __future__ import annotations

import json
from collections import Counter
from itertools import zip_longest
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import VERBS, Write
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.values import alternatives, holds_text, value_for
from pytest_readiness.gather.trail.growing import entries_of_rows
from pytest_readiness.gather.trail.turn import Done
from pytest_readiness.gather.trail.unguarded import make_unguarded, unguarded
from pytest_readiness.judges.audit.audit_log import texts_of_triggers, trigger_texts
from pytest_readiness.judges.sql.asked_settings import settings_asked
from pytest_readiness.judges.sql.lexis import strings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Row as Image
    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.synthesis.rows import RowMaker
    from pytest_readiness.gather.trail.turn import Turn
    from pytest_readiness.target.identities import Identity

_LOOK = "select 0, to_jsonb(t.*)::text from {table} t union all select 1, entry::text from ({log}) l;"
_NUMBERS = {"smallint", "integer", "bigint", "numeric", "real", "double precision", "money"}


def settings_read(catalog: CatalogEvidence, relation: Relation) -> tuple[str, ...]:
    """Return the settings of its own that a table's triggers read."""
    texts = [*texts_of_triggers(catalog, relation)]
    return tuple(sorted(name for name in settings_asked(catalog, texts) if not name.startswith("request.")))


class Writer:
    """Writes to one table in a transaction that its caller rolls back.

    Args:
        connection: Of a superuser, in a transaction.
        log: Name of the log.
        maker: Made the row, and the rows that it refers to.
        relation: The table.
    """

    def __init__(self, connection: psycopg.Connection, log: str, maker: RowMaker, relation: Relation) -> None:
        self.connection = connection
        self.log = log
        self.maker = maker
        self.relation = relation
        self._entries = entries_of_rows(maker.catalog, log)
        self._emptied = ""

    def empty(self) -> bool:
        """Take away, unseen by triggers, the rows that were there from the start; tell if there were any."""
        sql = f"delete from {self.relation.name}"
        emptied = make_unguarded(self.connection, sql).rows > 0
        self._emptied = unguarded(sql) if emptied else ""
        return emptied

    def run(
        self,
        sql: str,
        actor: Identity | None,
        *,
        before: str = "",
        later: str = "",
        keep: bool = True,
        sees: str = "",
    ) -> Done:
        """Run a statement; look at table and log as superuser.

        Deferred triggers are made to fire, as they would at the end of the transaction.

        Args:
            sql: One statement.
            actor: Who runs it; the superuser where there is none.
            before: Statements of the same session before it, ended by semicolons.
            later: Statements after it, before deferred triggers fire.
            keep: Whether what it did stays.
            sees: The table whose rows are compared, where it is not the audited one itself.
        """
        seen = sees or self.relation.name
        rows, entries = self._look(seen, before="savepoint written;")
        try:
            self.connection.execute(batch(sql, actor, before, later).encode())
        except psycopg.Error as error:
            self.connection.execute("rollback to written")
            message = (error.diag.message_primary or str(error)).split("\n")[0]
            return Done(error.sqlstate or "08006", message)
        new_rows, new_entries = self._look(seen, after="release written" if keep else "rollback to written")
        lost, added = difference(entries, new_entries)
        return Done("", "", *difference(rows, new_rows), added, lost)

    def copy(self, row: Row, actor: Identity) -> tuple[str, Done]:
        """Bring a row by COPY, and take it away again."""
        columns = [c for c in self.relation.columns if not c.generated and row.texts.get(c.name) is not None]
        command = f"copy {self.relation.name} ({', '.join(c.quoted for c in columns)}) from stdin"
        rows, entries = self._look(self.relation.name, before="savepoint written;")
        try:
            self.connection.execute((limits() + actor.script()).encode())
            with self.connection.cursor() as cursor, cursor.copy(command.encode()) as copy:
                copy.write_row([row.texts[c.name] for c in columns])
            self.connection.execute("set constraints all immediate; reset session authorization")
        except psycopg.Error as error:
            self.connection.execute("rollback to written")
            return command, Done(error.sqlstate or "08006", str(error).split("\n")[0])
        new_rows, new_entries = self._look(self.relation.name, after="rollback to written")
        _, added = difference(entries, new_entries)
        return command, Done("", "", *difference(rows, new_rows), added)

    def _look(self, seen: str, before: str = "", after: str = "") -> tuple[Counter[str], Counter[str]]:
        """Return the rows of a table and those of the log, with what is to be done before and after.

        All travels in one message: a table is written to in some forty ways, and each asks twice.
        """
        look = _LOOK.format(table=seen, log=self._entries)
        (found,) = (
            cursor.fetchall()
            for cursor in self.connection.execute(f"{before} {look} {after}".encode()).results()
            if cursor.description
        )
        rows, entries = (Counter(text for place, text in found if place == one) for one in (0, 1))
        return rows, entries

    def write(  # noqa: PLR0913  the facts of one write
        self,
        verb: str,
        sql: str,
        done: Done,
        row: Row,
        *,
        actor: str,
        script: str = "",
        column: str = "",
        way: str = "",
        obstructed: bool = False,
        replica: bool = False,
        mingled: bool = False,
    ) -> Write:
        """Put together what was done and what came of it."""
        pairs = [] if verb == "TRUNCATE" else changed_rows(done, self.relation.primary_key)
        before, after = pairs[0] if pairs else (None, None)
        return Write(
            verb=verb,
            column=column,
            actor=actor,
            before=before,
            after=after,
            entries=done.entries,
            sqlstate=done.sqlstate,
            message=done.message,
            sql=self.script(sql, row, script, first=verb == "INSERT" and not way),
            way=way,
            obstructed=obstructed,
            replica=replica,
            mingled=mingled or len(pairs) > 1,
            lost=done.lost,
        )

    def made(self, verb: str, turn: Turn, row: Row, *, column: str = "", way: str = "") -> Write:
        """Put together the same of whoever's turn it was."""
        actor = turn.actor
        return self.write(
            verb, turn.sql, turn.done, row, actor=actor.name, script=actor.script(), column=column, way=way
        )

    def script(self, sql: str, row: Row | None, become: str, *, first: bool) -> str:
        """Return what a person pastes, as superuser, into a copy of the target."""
        mine = [] if first or row is None or row.adopted else [f"{row.sql};"]
        return "\n".join(
            [
                "begin;",
                *([self._emptied] if self._emptied else []),
                *self.maker.setup(self.relation, ALICE),
                *mine,
                *([become] if become else []),
                f"{sql};",
                "reset session authorization;",
                f"table {self.log};",
                "rollback;",
            ]
        )


def limits() -> str:
    """Return the statements that keep one write from hanging the run."""
    return "set local statement_timeout = '5s'; set local lock_timeout = '1s';\n"


def batch(sql: str, actor: Identity | None, before: str = "", later: str = "") -> str:
    """Return all statements of one write, to be sent in one message."""
    return "\n".join(
        [
            limits(),
            actor.script() if actor else "",
            before,
            f"{sql};",
            later,
            "set constraints all immediate;",
            "reset session authorization;",
            "set local session_replication_role = default; set local statement_timeout = 0;",
        ]
    )


def changed_rows(done: Done, key: tuple[str, ...]) -> list[tuple[Image | None, Image | None]]:
    """Return each row as it was and as it is, those that were there before and after come first.

    One row that went and one that came are one, whatever their keys: the key itself may have changed.
    """
    if not key or (len(done.gone) <= 1 and len(done.new) <= 1):
        return list(zip_longest(done.gone, done.new))
    gone, new = (
        {tuple(str(row[name]) for name in key): row for row in rows} for rows in (done.gone, done.new)
    )
    pairs = [(gone.get(place), new.get(place)) for place in dict.fromkeys((*gone, *new))]
    return sorted(pairs, key=lambda pair: None in pair)


def difference(
    before: Counter[str], after: Counter[str]
) -> tuple[tuple[dict[str, Any], ...], tuple[dict[str, Any], ...]]:
    """Return the rows that went and those that came."""
    gone, new = sorted((before - after).elements()), sorted((after - before).elements())
    return tuple(json.loads(text) for text in gone), tuple(json.loads(text) for text in new)


def is_counted(column: Column) -> bool:
    """Whether a column holds a number."""
    return column.type.split("(")[0] in _NUMBERS


def expressions(column: Column) -> Iterator[str]:
    """Yield expressions that give a column another value, the plainest first."""
    base = column.type.split("(")[0]
    if is_counted(column):
        yield f"coalesce({column.quoted}, '0') + '1'"
        yield f"coalesce({column.quoted}, '0') - '1'"
    elif base == "boolean":
        yield f"{column.quoted} is not true"
    elif base.startswith("timestamp"):
        yield f"coalesce({column.quoted}, now()) + interval '1 hour'"
    elif base in {"json", "jsonb"}:
        yield literal('{"k": [1, {"n": null}]}')
        yield literal(value_for(column, "changed"))
    elif column.kind == "e":
        for label in reversed(column.labels):
            yield literal(label)
    else:
        yield literal(value_for(column, "changed"))
    if holds_text(column):
        for value in alternatives(column, column.default)[:20]:
            yield literal(value)


def values_of(relation: Relation, column: Column) -> Iterator[str]:
    """Yield the same, those first that a CHECK of the table names for it: of states a row has few."""
    checks = [check.definition for check in relation.checks if column.name in check.columns]
    if holds_text(column):
        yield from (literal(text) for check in checks for text in strings(check) if "\n" not in text)
    yield from expressions(column)


def where_of(relation: Relation, stored: dict[str, Any], otherwise: str) -> str:
    """Return the condition for a row as it was stored; the server may have drawn its key."""
    if not relation.primary_key:
        return otherwise
    keys = ((c.quoted, stored[c.name]) for c in relation.columns if c.name in relation.primary_key)
    return " and ".join(f"{name} = {literal(str(value))}" for name, value in keys)


def recorded_verbs(catalog: CatalogEvidence, relation: Relation, log_table: str) -> tuple[str, ...]:
    """Return the verbs that fire a trigger which names the log."""
    events = {
        event
        for trigger in relation.triggers
        if any(log_table in text for text in trigger_texts(catalog, trigger))
        for event in trigger.events
    }
    return tuple(verb for verb in VERBS if verb in events)
