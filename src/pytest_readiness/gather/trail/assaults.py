"""Attacks each audit log as everybody below a superuser: forges, alters, empties, diverts and reads it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import AttackedLog, Attempt, LogAttacks
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.echoes import EchoEvidence
from pytest_readiness.evidence.people import ALICE, BOB, NEWCOMER
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.altering import Altering, came_to_it
from pytest_readiness.gather.trail.borrowing import Borrowing
from pytest_readiness.gather.trail.disarming import Disarming
from pytest_readiness.gather.trail.diversions import SWITCHES, Diversions, script
from pytest_readiness.gather.trail.erasures import Erasures
from pytest_readiness.gather.trail.ground import Ground, LogGround, entries_in
from pytest_readiness.gather.trail.inventing import Inventing
from pytest_readiness.gather.trail.overlooking import Overlooking
from pytest_readiness.gather.trail.owning import Owning
from pytest_readiness.gather.trail.parents import Parents
from pytest_readiness.gather.trail.places import held_in, written_through
from pytest_readiness.gather.trail.readings import Readings
from pytest_readiness.gather.trail.silencing import Silencing
from pytest_readiness.gather.trail.writer import Writer, batch, expressions, settings_read
from pytest_readiness.judges.audit.audit_log import Trail, parts_of, trail
from pytest_readiness.judges.audit.log_attacks import UNGUARDED
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.target.identities import Identity
from pytest_readiness.target.quoting import literal, set_local
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.synthesis.row import Row


@gatherer(strength=Strength.ATTACKED)
def assaults(target: Target, catalog: CatalogEvidence, echoes: EchoEvidence) -> LogAttacks:
    """Try to insert into, alter, empty, divert and read each log; every attempt is undone."""
    found = trail(catalog, target.settings.audit, echoes)
    if not found.logs:
        return LogAttacks((), absent="there is no audit log" if target.built.migrations.whole else "")
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    ground = Ground.of(target, catalog, owners)
    return LogAttacks(tuple(_Assailant(ground, found, log).all() for log in found.logs))


class _Assailant:
    """Attacks one log, in a transaction that is rolled back."""

    def __init__(self, ground: Ground, found: Trail, log: Log) -> None:
        self.people = ground.people
        self.connection = ground.connection
        self.catalog = ground.catalog
        self.owners = ground.owners
        self.log = log
        self.relation = found.relations[log.name]
        self.audited = [
            relation
            for name, own in found.recorded.items()
            if own == log and (relation := ground.catalog.relation(name)) and relation.kind in TABLE_KINDS
        ]
        self.maker = ground.maker()
        self.parts = parts_of(ground.catalog, log.name)
        self.altering = Altering(ground.connection, log.name)

    def all(self) -> AttackedLog:
        """Make an entry, and try everything on it."""
        self.connection.execute("begin")
        try:
            for person in (ALICE, BOB, NEWCOMER):
                self.maker.sign_up(person)
            self.people.ask(self.connection)
            entry = self._entry()
            attempts = tuple(self._attempts()) if not entry else ()
        finally:
            self.connection.execute("rollback")
        return AttackedLog(self.log, entry, attempts, self.people.nobody)

    def _entry(self) -> str:
        """Have an entry of a write to alice's row; where no table can be written to, put one in."""
        said = "no table that it tells of can be written to"
        service = self.people.service()
        for relation in self.audited:
            try:
                row = self.maker.make(relation, ALICE)
            except CannotFillError as error:
                said = str(error)
                continue
            if not self._count():
                self._change(relation, row, service)
            if self._count():
                return ""
        try:
            self.maker.make(self.relation, ALICE)
        except CannotFillError as error:
            return f"{said}; {error}"
        return "" if self._count() else said

    def _change(self, relation: Relation, row: Row, actor: Identity) -> None:
        """Change the row, for a log that tells of changes alone."""
        writer = Writer(self.connection, self.log.name, self.maker, relation)
        for column in relation.columns:
            if column.writable and column.name not in relation.primary_key:
                for expression in expressions(column):
                    sql = f"update {relation.name} set {column.quoted} = {expression} where {row.where}"
                    if writer.run(sql, actor).entries:
                        return

    def _count(self) -> int:
        return entries_in(self.connection, self.log.name)

    def _attempts(self) -> Iterator[Attempt]:
        for actor, client, owner in self._actors():
            yield from self._destroys(actor, client=client, owner=owner)
            for place in ("", *held_in(self.connection, self.log.name, actor)):
                if place:
                    yield from self._destroys(actor, client=client, owner=owner, place=place)
                if client:
                    yield from self._forges(actor, place, self.relation.columns)
                    yield self._reads(actor, place)
            for view in written_through(self.connection, self.log.name, actor):
                yield from self._writes_through(view, actor, client=client, owner=owner)
        yield from Owning(
            self.people, self.connection, self.catalog, self.relation, self.parts, self.altering
        ).all()
        yield from Parents(self.connection, self.relation, self.people.service()).all()
        yield from Erasures(
            self.people, self.connection, self.catalog, self.log, self.audited, self.parts
        ).all()
        ground = LogGround(
            self.people, self.connection, self.catalog, self.relation, self.audited, self.maker
        )
        yield from Diversions(ground).all()
        yield from Disarming(ground).all()
        yield from Borrowing(ground).all()
        yield from Inventing(ground, self.log).all()
        yield from Silencing(ground).all()
        yield from Overlooking(ground, self.owners).all()
        yield from Readings(
            self.people, self.connection, self.log, self.audited, self.maker, self.owners
        ).all()

    def _actors(self) -> Iterator[tuple[Identity, bool, bool]]:
        """Yield who attacks, whether it is a client, and whether it owns the log.

        What the application may do as its owner is no word of the owner's: it is what the log is to outlast.
        """
        taken = self.people.becoming(self.relation.owner)
        beyond = self.relation.owner if taken is None else ""
        seen = set()
        clients = [self.people.anonymous(), self.people.user(BOB), self.people.user(NEWCOMER)]
        for one in clients:
            if one is not None:
                seen.add(one.role)
                yield one, True, one.role == beyond
        service = self.people.service()
        if service.role not in seen:
            yield service, False, service.role == beyond
        if taken and taken.role not in {service.role, *seen}:
            yield taken, False, False
        roles = {role.name: role for role in self.catalog.roles}
        owner = roles.get(beyond)
        if owner and not owner.superuser and owner.name not in {service.role, *seen}:
            yield Identity(owner.name, owner.name, owner.name, ()), False, True

    def _destroys(self, actor: Identity, *, client: bool, owner: bool, place: str = "") -> Iterator[Attempt]:
        name = place or self.log.name
        of = f" of the partition {place}" if place else ""
        column = next((c for c in self.relation.columns if c.writable and not c.generated), None)
        deeds = {
            "DELETE": [f"delete from {name}"],
            "TRUNCATE": [f"truncate {name}"],
            "DROP": [f"drop table {name}"],
        }
        if not owner:
            deeds[UNGUARDED] = [f"alter table {name} disable trigger user"]
        if column:
            deeds = {"UPDATE": [*self._alters(name, self.relation.columns)], **deeds}
        for deed, statements in deeds.items():
            if deed == "DROP" and owner:
                continue
            for before in ("", *self._lifted()) if deed in {"UPDATE", "DELETE"} else ("",):
                named = deed + of if not before else f"{deed}{of} after {before.rstrip(';')}"
                attempt = self.altering.first(named, statements, actor, before)
                if attempt.done or not before:
                    yield replace(attempt, client=client, owner=owner)

    def _writes_through(self, view: str, actor: Identity, *, client: bool, owner: bool) -> Iterator[Attempt]:
        """Change, delete and forge entries by the columns that a view shows under their own names."""
        shown = self.catalog.relation(view)
        columns = [c for c in self.relation.columns if shown and shown.column(c.name)]
        deeds = {"UPDATE": [*self._alters(view, columns)], "DELETE": [f"delete from {view}"]}
        for deed, statements in deeds.items():
            attempt = self.altering.first(f"{deed} through {view}", statements, actor)
            yield replace(attempt, client=client, owner=owner)
        if client:
            yield from self._forges(actor, view, columns)

    def _alters(self, place: str, columns: Iterable[Column]) -> Iterator[str]:
        """Yield statements that change each entry, in one column each: rights may be to one alone."""
        told = self.log.columns
        wanted = (told.actor, told.agent, told.session, told.row, told.new, told.old)
        for column in sorted(columns, key=lambda column: column.name not in wanted):
            if column.writable and not column.generated:
                flip = f"case when {column.quoted} is null then {self._sample(column.type)} end"
                changed = next(expressions(column)) if column.not_null else flip
                yield f"update {place} set {column.quoted} = {changed}"

    def _sample(self, kind: str) -> str:
        if kind.startswith(("timestamp", "date")):
            return f"now()::{kind}"
        samples = {"uuid": literal(BOB.uuid), "jsonb": "'{}'", "json": "'{}'", "inet": "'192.0.2.1'"}
        return samples.get(kind, "'{}'" if kind.endswith("[]") else "'1'") + f"::{kind}"

    def _lifted(self) -> Iterator[str]:
        """Yield the settings that the log's own guards ask for, each made as anybody may make it."""
        for name in settings_read(self.catalog, self.relation):
            for value in SWITCHES:
                yield set_local(name, value)

    def _forges(self, actor: Identity, place: str, into: Collection[Column]) -> Iterator[Attempt]:
        """Insert an entry that says that alice did something, or, where triggers write all, that he did."""
        texts = self.connection.execute(f"select to_jsonb(t.*) from {self.log.name} t limit 1".encode())
        found = texts.fetchone()
        entry: dict[str, Any] = dict(found[0]) if found else {}
        own = next((p for p in (BOB, NEWCOMER) if p.name == actor.name and self.log.triggered), None)
        columns = self.log.columns
        told = {columns.table, columns.operation, columns.row, columns.actor, columns.schema}
        for person in (ALICE, *([own] if own and columns.actor else ())):
            if columns.actor:
                entry[columns.actor] = person.key(self._type(columns.actor))
            for kept in (None, told):
                attempt = self._forged(
                    actor, place, entry, [c for c in into if kept is None or _due(c, kept)]
                )
                if attempt:  # of what tells nothing there is nothing to say falsely
                    said = f"an entry that names {person.name} is in the log"
                    yield replace(attempt, detail=attempt.detail or said)
                if attempt and attempt.done:
                    return

    def _forged(
        self, actor: Identity, place: str, entry: dict[str, Any], into: Iterable[Column]
    ) -> Attempt | None:
        """Return what came of inserting an entry's columns; None where it has none of them."""
        names = [
            c
            for c in into
            if c.writable
            and not c.generated
            and entry.get(c.name) is not None
            and c.name not in {*self.relation.primary_key, *self.log.numbered}
        ]
        if not names:
            return None
        values = literal(_json({c.name: entry[c.name] for c in names}))
        listed = ", ".join(c.quoted for c in names)
        sql = (
            f"insert into {place or self.log.name} ({listed}) select {listed} "
            f"from json_populate_record(null::{self.log.name}, {values})"
        )
        before = self._count()
        self.connection.execute("savepoint attempt")
        try:
            self.connection.execute(batch(sql, actor).encode())
            done, said, state = self._count() > before, "", ""
        except psycopg.Error as error:
            done, state = False, str(error.sqlstate)
            said = f"{state}: {error.diag.message_primary}"
        self.connection.execute("rollback to attempt")
        came, shown = came_to_it(state), script(sql, actor)
        return Attempt("INSERT", actor.name, done, said, shown, client=True, tried=came, place=place)

    def _type(self, name: str) -> str:
        column = self.relation.column(name)
        return column.type if column else "text"

    def _reads(self, actor: Identity, place: str) -> Attempt:
        """Read the entries about alice as somebody else."""
        sql = f"select to_jsonb(t.*)::text from {place or self.log.name} t"
        self.connection.execute("savepoint attempt")
        try:
            self.connection.execute(actor.script().encode())
            rows = [row[0] for row in self.connection.execute(sql.encode()).fetchall()]
            self.connection.execute("reset session authorization")
            said = f"{len(rows)} entries"
        except psycopg.Error as error:
            rows, said = [], f"{error.sqlstate}: {error.diag.message_primary}"
        self.connection.execute("rollback to attempt")
        hers = [row for row in rows if BOB.uuid not in row and NEWCOMER.uuid not in row]
        detail = f"{len(hers)} entries about others, such as {hers[0][:120]}" if hers else said
        shown = script(sql, actor)
        return Attempt("SELECT", actor.name, bool(hers), detail, shown, client=True, place=place)


def _due(column: Column, kept: set[str]) -> bool:
    return column.name in kept or (column.not_null and not column.default)


def _json(entry: dict[str, Any]) -> str:
    return json.dumps(entry, sort_keys=True, default=str)
