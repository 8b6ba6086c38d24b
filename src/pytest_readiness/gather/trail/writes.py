"""Writes to every audited table in every way, and reads what the log gained."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import VERBS, AuditedTable, AuditEvidence, DoubtEvidence
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.echoes import EchoEvidence
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.synthesis.row import CannotFillError, Row
from pytest_readiness.gather.synthesis.values import holds_text, is_random_key, value_for
from pytest_readiness.gather.trail.dating import Dates
from pytest_readiness.gather.trail.extremes import Extremes
from pytest_readiness.gather.trail.ground import Ground
from pytest_readiness.gather.trail.hands import Hands
from pytest_readiness.gather.trail.neighbours import Neighbours
from pytest_readiness.gather.trail.room import endings
from pytest_readiness.gather.trail.states import States
from pytest_readiness.gather.trail.turns import Turns, join
from pytest_readiness.gather.trail.ways import Ways
from pytest_readiness.gather.trail.writer import (
    Writer,
    expressions,
    is_counted,
    recorded_verbs,
    settings_read,
    where_of,
)
from pytest_readiness.judges.audit.audit_log import (
    Trail,
    parts_of,
    records_changes_only,
    texts_of_triggers,
    trail,
)
from pytest_readiness.judges.audit.audited_tables import expected_tables, missing
from pytest_readiness.judges.audit.authors import Author
from pytest_readiness.judges.audit.redaction import withheld
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.judges.sql.lexis import names, plain
from pytest_readiness.target.quoting import literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Dating, Log, Write
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.trail.turn import Done

_REFERENCED = "0A000"
_CAUGHT = re.compile(r"\bexception\s+when\b", re.IGNORECASE)


@gatherer(strength=Strength.ATTACKED, shards=2)
def audit(target: Target, shard: Shard, catalog: CatalogEvidence, echoes: EchoEvidence) -> AuditEvidence:
    """Insert, update column by column, delete and truncate in each audited table of this shard."""
    found = trail(catalog, target.settings.audit, echoes)
    whole = target.built.migrations.whole
    gone = missing(catalog, found, target.settings.audit) if whole else ()
    if absent := nothing_to_audit(target, found):
        # What is declared and gone is no part that the target never had.
        return AuditEvidence((), (), absent if whole and not gone else "", found.doubts, gone)
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    tables = expected_tables(catalog, found, target.settings.audit, owners.owned)
    ground = Ground.of(target, catalog, owners)
    writers = _Tables(ground, found)
    return AuditEvidence(
        found.logs,
        tuple(
            writers.table(relation, tables[relation.name])
            for name in shard.part(sorted(tables))
            if (relation := catalog.relation(name))
        ),
        absent="" if tables or gone else f"nothing is declared or seen to be audited in {found.logs[0].name}",
        doubts=found.doubts,
        missing=gone,
        endings=tuple(endings(ground.connection, catalog, found.logs)),
    )


@gatherer(strength=Strength.ATTACKED)
def doubts(audit: AuditEvidence) -> DoubtEvidence:
    """Keep the tables that held what some changes made of rows, and nothing of others."""
    return DoubtEvidence(
        audit.doubts, "" if audit.doubts else "no table keeps what some changes made of rows"
    )


def nothing_to_audit(target: Target, found: Trail) -> str:
    """Return why there is no trail that triggers write; empty when there is one."""
    if any(log.triggered for log in found.logs) or (found.logs and target.settings.audit.tables):
        return ""
    if found.logs:
        return f"the application itself writes {found.logs[0].name}; no trigger does"
    declared = target.settings.audit.log
    looked = f"{declared} does not exist" if declared else "no table is written to by triggers"
    return f"there is no audit log: {looked}"


class _Tables:
    """Writes as whoever may, each table in a transaction that is rolled back."""

    def __init__(self, ground: Ground, found: Trail) -> None:
        self.ground = ground
        self.target = ground.target
        self.connection = ground.connection
        self.catalog = ground.catalog
        self.owners = ground.owners
        self.found = found
        self.catches = False
        self.datings: list[Dating] = []
        self.unfilled: tuple[tuple[str, str], ...] = ()

    def table(self, relation: Relation, why: str) -> AuditedTable:
        """Make all writes to one table. The maker is new, since its rows go with the transaction."""
        own = self.found.recorded.get(relation.name)
        above = self.found.through.get(relation.name, relation.parent)
        log = own or self.found.recorded.get(above) or self.found.logs[0]
        empty = AuditedTable(relation.name, log, why, relation.primary_key, "", (), recorded=bool(own))
        described = replace(
            empty,
            parts=(*parts_of(self.catalog, relation.name), *([relation.parent] if relation.parent else [])),
            verbs=self._verbs(relation, log),
            drawn=_drawn(relation),
            unparted=_unparted(relation),
            unique=relation.unique,
            withheld=withheld(self.catalog, relation, log),
        )
        maker = self.ground.maker()
        writer = Writer(self.connection, log.name, maker, relation)
        turns = Turns(writer, relation, self.catalog, self.ground.people)
        texts = texts_of_triggers(self.catalog, relation)
        self.catches = any(_CAUGHT.search(plain(text)) for text in texts)
        self.datings, self.unfilled = [], ()
        self.connection.execute("begin")
        try:
            for name in settings_read(self.catalog, relation):
                # As a used connection has them: empty, not unset.
                self.connection.execute("select set_config(%s, '', true)", (name,))
            maker.sign_up(ALICE)
            if turns.barred:
                join(maker, relation, self.owners)
            try:
                row = maker.trial(relation, ALICE)
            except CannotFillError:
                if not writer.empty():
                    raise
                row = maker.trial(relation, ALICE)  # it may have room for one row alone
            writes = tuple(self._writes(writer, turns, row))
            return replace(
                described, writes=writes, datings=tuple(self.datings), unfilled_parts=self.unfilled
            )
        except CannotFillError as error:
            return replace(described, unfilled=str(error))
        finally:
            self.connection.execute("rollback")

    def _verbs(self, relation: Relation, log: Log) -> tuple[str, ...]:
        if records_changes_only(self.catalog, self.found, log):
            return ("UPDATE",)
        if log.mirrored and not log.columns.operation:
            return recorded_verbs(self.catalog, relation, self.found.relations[log.name].table)
        return VERBS

    def _writes(self, writer: Writer, turns: Turns, row: Row) -> Iterator[Write]:
        relation, present = writer.relation, row.where
        if not row.adopted:
            command, copied = writer.copy(row, turns.service)
            turn = turns.insert(row)
            yield writer.made("INSERT", turn, row)
            if copied.new:
                # A script cannot bring the data of COPY: it shows the same row as an INSERT.
                shown = replace(turn, actor=turns.service, sql=f"-- {command}\n{row.sql}", done=copied)
                yield writer.made("INSERT", shown, replace(row, sql=""), way="COPY")
            if turn.done.sqlstate or turn.author is not Author.BACKEND:
                present = writer.maker.insert(relation, ALICE).where
            elif len(turn.done.new) == 1:
                present = where_of(relation, turn.done.new[0], row.where)
        changes: dict[str, tuple[Author, str]] = {}
        for column in relation.columns:
            yield from self._updates(writer, turns, row, column, present, changes)
        ways = Ways(writer, row, present, turns, self.connection.info.server_version)
        main, _ = turns.main
        recorded = {name: change for name, (author, change) in changes.items() if author is main}
        yield from ways.all(recorded)
        self.unfilled = ways.unfilled
        yield from Neighbours(writer, row, present, turns).all(recorded)
        yield from Hands(writer, row, present, turns).all(recorded)
        yield from States(writer, row, present, turns).all(recorded)
        log = self.catalog.relation(writer.log)
        self.datings = [*Dates(writer, row, present, turns, log).all()] if log else []
        truncate = f"truncate {relation.name}"
        turn = turns.take("TRUNCATE", truncate, keep=False)
        if turn.done.sqlstate == _REFERENCED:
            turn = turns.take("TRUNCATE", f"{truncate} cascade", keep=False)
        yield writer.made("TRUNCATE", turn, row)
        yield writer.made("DELETE", turns.take("DELETE", f"delete from {relation.name} where {present}"), row)

    def _updates(
        self,
        writer: Writer,
        turns: Turns,
        row: Row,
        column: Column,
        present: str,
        changes: dict[str, tuple[Author, str]],
    ) -> Iterator[Write]:
        """Change one column that is no key; then take out what it holds, to NULL and back."""
        relation = writer.relation
        keys = {name for key in relation.foreign_keys for name in key.columns} | set(relation.primary_key)
        owned = self.owners.owned.get(relation.name)
        if not column.writable or column.name in keys or (owned and column.name in owned.columns):
            return

        def update(value: str) -> str:
            return f"update {relation.name} set {column.quoted} = {value} where {present}"

        # A row without a key is found by what it holds. What is made of another column is undone, so that
        # the same change is one again in the other ways to write.
        keep = bool(relation.primary_key) and (not column.not_null or _holds_elements(column))
        values: list[str] = []
        for expression in expressions(column):
            turn = turns.take("UPDATE", update(expression), column.name, keep=keep)
            done = turn.done
            if done.counts:
                if done.entries or (done.gone and self.catches):
                    changes[column.name] = turn.author, expression
                yield writer.made("UPDATE", turn, row, column=column.name)
                values += _emptied(column, done)
                break
        if not column.not_null:
            values += _from_nothing(column)
            values.append(literal(value_for(column, self.target.seed, "again")))
        for value in values:
            turn = turns.take("UPDATE", update(value), column.name, keep=keep)
            if turn.done.gone:
                yield writer.made("UPDATE", turn, row, column=column.name)
        yield from Extremes(writer, row, present, turns).of(column)


def _drawn(relation: Relation) -> tuple[str, ...]:
    """Return the columns of a key of several whose value the server draws, anew for each row."""
    key = (column for column in relation.columns if column.name in relation.primary_key)
    return tuple(c.name for c in key if c.identity or is_random_key(c) or c.default.startswith("nextval("))


def _unparted(relation: Relation) -> tuple[str, ...]:
    """Return the key without the columns by which its table is partitioned."""
    if relation.kind != "partitioned table":
        return ()
    bounding = names(relation.bounds)
    return tuple(name for name in relation.primary_key if name not in bounding)


def _holds_elements(column: Column) -> bool:
    return column.type in {"json", "jsonb"} or column.type.endswith(("[]", "hstore"))


def _from_nothing(column: Column) -> list[str]:
    """Return NULL, and what code may take for the same, with NULL again after it."""
    base = column.type.split("(")[0]
    if holds_text(column) and column.kind != "e":
        blank = "''"
    elif is_counted(column):
        blank = "'0'"
    elif base in {"json", "jsonb"}:
        blank = "'{}'"
    else:
        blank = "'{}'" if column.type.endswith("[]") else "'false'" if base == "boolean" else ""
    return ["null", blank, "null"] if blank else ["null"]


def _emptied(column: Column, done: Done) -> list[str]:
    """Return the value without any of its elements, where it has some: it lies within the one before."""
    held = done.new[0].get(column.name) if done.new else None
    if not held or not isinstance(held, dict | list):
        return []
    if column.type in {"json", "jsonb"}:
        return ["'{}'" if isinstance(held, dict) else "'[]'"]
    return ["'{}'"] if column.type.endswith("[]") else ["''"] if column.type.endswith("hstore") else []
