"""One connection serves one person after another, as a pool does: what the last one left is used."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.attacks import Assault, Harm, SessionEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB, content_of
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.call_texts import call_sql
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.pooling.left_behind import LeftBehind
from pytest_readiness.gather.attacks.pooling.pool import Pool
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError, inside
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.judges.isolation.mechanisms import explained
from pytest_readiness.target.quoting import identifier, literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHANNEL = re.compile(r"pg_notify\s*\(\s*'([\w.-]+)'|\bnotify\s+([\w]+)", re.IGNORECASE)
_STORES = 6
"""Calls by which a function may store a file of hers."""

_LARGE = re.compile(r"\blo_\w+", re.IGNORECASE)


@gatherer(strength=Strength.ATTACKED)
def sessions(
    target: Target, catalog: CatalogEvidence, owners: Owners, population: Population
) -> SessionEvidence:
    """Commit as one person, in a copy of the target's own, and look as another."""
    with Field(target, catalog, owners, population) as field:
        if barred := field.barred:
            return SessionEvidence((), undeclared=barred)
        found = tuple(explained(catalog, (*LeftBehind(field).all(), *_Spread(field).all())))
        whole = target.built.migrations.whole
        return SessionEvidence(found, absent="" if found or not whole else "nothing outlives a transaction")


class _Spread(Pool):
    """What goes beyond a connection: notifications, and large objects."""

    def all(self) -> Iterator[Assault]:
        """Listen, and read large objects, where the target has such."""
        if channels := self._channels():
            yield self._listened(channels)
        if self._uses_large_objects():
            yield self._large_object()

    def _channels(self) -> tuple[str, ...]:
        texts = "\n".join(self.field.texts.all())
        return tuple(sorted({a or b for a, b in _CHANNEL.findall(texts)}))

    def _listened(self, channels: tuple[str, ...]) -> Assault:
        """Listen as bob while alice's rows change."""
        with self.connection() as writer:
            listener = self.field.target.database(writer.info.dbname)
            listener.execute(
                f"set session authorization {identifier(self.bob.login or self.bob.role)}".encode()
            )
            for channel in channels:
                listener.execute(f"listen {identifier(channel)}".encode())
            changes = self._changes()
            for _, change in changes:
                # Whoever writes, it is told to whoever listens.
                with contextlib.suppress(psycopg.Error, ReachedOutsideError), inside(writer):
                    writer.execute(change.encode())
            told = [n.payload for n in listener.notifies(timeout=0.2)]
            listener.close()
        marks = self.field.recognition.canaries_of_others("\n".join(told), BOB)
        listen = (f"listen {identifier(channel)};" for channel in channels)
        script = "\n".join([*listen, *(f"{change};" for name, change in changes if self._is_of(name, marks))])
        harm = Harm(BOB.name, "read", channels[0], ALICE.name, f"`{marks[0]}`", script) if marks else None
        return Assault(f"channel {', '.join(channels)}", "LISTEN", len(changes), (harm,) if harm else ())

    def _is_of(self, name: str, marks: list[str]) -> bool:
        """Whether the first of these texts is in alice's row of a relation."""
        row = self.field.population.row(name, ALICE.name)
        return bool(row and marks and any(marks[0] in (text or "") for text in row.texts.values()))

    def _changes(self) -> list[tuple[str, str]]:
        """Return what makes triggers on alice's rows tell of them, with the relation.

        Her row is updated, put in place once more, and in the end deleted, together with what refers to it.
        """
        updates, deletes = [], []
        for relation in self.field.catalog.relations:
            row = self.field.population.row(relation.name, ALICE.name)
            if row is None or not relation.triggers:
                continue
            for column in relation.columns:
                if column.writable and column.name not in self.field.key_columns(relation):
                    same = f"{column.quoted} = {column.quoted}"
                    updates.append((relation.name, f"update {relation.name} set {same} where {row.where}"))
            delete = f"delete from {relation.name} where {row.where}"
            there = {c.name: row.texts.get(c.name) for c in relation.columns if not c.generated}
            again = (QUIETLY, delete, AS_EVER, insert_sql(relation, there))
            updates.append((relation.name, "; ".join(again)))
            deletes.append((relation.name, delete))
        return updates + deletes

    def _uses_large_objects(self) -> bool:
        catalog = self.field.catalog
        columns = (c.type for r in catalog.relations if r.kind in TABLE_KINDS for c in r.columns)
        mentioned = any(_LARGE.search(text) for text in self.field.texts.all())
        return catalog.large_objects or mentioned or "oid" in columns or "lo" in columns

    def _large_object(self) -> Assault:
        """Store each as alice, by herself and by functions, and read all of them as bob."""
        text = content_of(ALICE)
        plainly = f"select lo_from_bytea(0, convert_to({literal(text)}, 'utf8'))"
        read = "select convert_from(lo_get(oid), 'utf8') from pg_catalog.pg_largeobject_metadata"
        stores = (plainly, *self._storing())
        harms = []
        for store in stores:
            with self.connection() as connection:
                self.request(connection, self.alice, store)
                rows = self.request(connection, self.bob, read)
            if text in rows:
                script = self.next_request(self.alice, store, read)
                harms.append(Harm(BOB.name, "read", "pg_largeobject", ALICE.name, f"`{text}`", script))
        return Assault("large objects", "POOL", len(stores), tuple(harms[:1]))

    def _storing(self) -> Iterator[str]:
        """Yield calls of functions that may store a file of hers, as her row is called, and otherwise."""
        arguments = self.field.arguments
        for function in self.field.catalog.functions:
            if self.alice.role in function.callers and _LARGE.search(function.body):
                given = (*arguments.own(function, ALICE), *arguments.varied(function, ALICE))
                yield from (call_sql(function, one) for one in given[:_STORES])
