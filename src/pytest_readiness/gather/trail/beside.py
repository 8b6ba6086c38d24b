"""Writes as clients to tables whose log functions write: to the table itself, and through views over it."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.beside import BesideEvidence, Bypass, Spoken
from pytest_readiness.evidence.catalog import CatalogEvidence, Privileges
from pytest_readiness.evidence.echoes import EchoEvidence
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.ground import Ground
from pytest_readiness.gather.trail.turns import join
from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.gather.trail.writer import Writer, values_of
from pytest_readiness.judges.audit.audit_log import trail
from pytest_readiness.judges.audit.beside import recorded
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.judges.sql.lexis import names
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.turn import Done
    from pytest_readiness.target.identities import Identity

_VALUES = 6


@gatherer(strength=Strength.ATTACKED)
def beside(target: Target, catalog: CatalogEvidence, echoes: EchoEvidence) -> BesideEvidence:
    """Write as clients what functions record; every write is undone."""
    found = trail(catalog, target.settings.audit, echoes)
    if not found.spoken:
        return BesideEvidence((), absent="no function writes a log of what it changes")
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    ground = Ground.of(target, catalog, owners)
    clients = [one for one in (ground.people.anonymous(), ground.people.user(ALICE)) if one is not None]
    tables = []
    for name, log in sorted(found.spoken.items()):
        if (relation := catalog.relation(name)) and (told := recorded(echoes, name, log.name)):
            writer = Writer(ground.connection, log.name, ground.maker(), relation)
            passing = _Passing(writer, owners, clients, told)
            tables.append(passing.all())
    return BesideEvidence(tuple(tables))


class _Passing:
    """Writes to one table past its functions, in a transaction that is rolled back.

    Args:
        writer: Runs the statements.
        owners: Whose rows are whose.
        clients: Who write.
        told: The verbs that functions record, with the columns that they change.
    """

    def __init__(
        self, writer: Writer, owners: Owners, clients: list[Identity], told: Mapping[str, set[str]]
    ) -> None:
        self.writer = writer
        self.relation = writer.relation
        self.owners = owners
        self.clients = clients
        self.told = told

    def all(self) -> Spoken:
        """Make the writes, and return those that changed a row."""
        connection, maker = self.writer.connection, self.writer.maker
        found: list[Bypass] = []
        unfilled = ""
        connection.execute("begin")
        try:
            for person in (ALICE, BOB):
                maker.sign_up(person)
            join(maker, self.relation, self.owners)
            row = maker.make(self.relation, ALICE)
            for place in self._places():
                for client in self.clients:
                    held = place.privileges.get(client.role, Privileges())
                    found += self._changed(place, client, held, row)
                    found += self._made(place, client, held, row)
        except CannotFillError as error:
            unfilled = str(error)
        finally:
            connection.execute("rollback")
        return Spoken(self.relation.name, self.writer.log, len(self.told), tuple(found), unfilled)

    def _places(self) -> Iterator[Relation]:
        """Yield the table, and the views over it that show its key."""
        for place in self.writer.maker.catalog.relations:
            shown = place.kind == "view" and self.relation.table in names(place.view)
            keyed = all(place.column(name) for name in self.relation.primary_key)
            if place.name == self.relation.name or (shown and keyed):
                yield place

    def _changed(self, place: Relation, client: Identity, held: Privileges, row: Row) -> Iterator[Bypass]:
        """Change and delete the row, as far as functions do."""
        for column in self.relation.columns:
            if column.name not in self.told.get("UPDATE", set()) & set(held.update):
                continue
            for value in islice(values_of(self.relation, column), _VALUES):
                sql = f"update {place.name} set {column.quoted} = {value} where {row.where}"
                done = self._run(sql, client)
                if done.gone and done.new:
                    yield self._bypass("UPDATE", column.name, place, client, done, sql)
                    break
        if "DELETE" in self.told and "delete" in held.others:
            sql = f"delete from {place.name} where {row.where}"
            done = self._run(sql, client)
            if done.gone and not done.new:
                yield self._bypass("DELETE", "", place, client, done, sql)

    def _made(self, place: Relation, client: Identity, held: Privileges, row: Row) -> Iterator[Bypass]:
        """Put the row in again, which is taken away unseen by triggers."""
        if "INSERT" not in self.told or not held.insert or row.adopted:
            return
        texts = {c.name: row.texts[c.name] for c in self.relation.columns if c.writable}
        given: Values = {n: text for n, text in texts.items() if n in held.insert and text is not None}
        sql = insert_sql(place, given)
        unseen = f"delete from {self.relation.name} where {row.where}"
        with past_guards(self.writer.connection, unseen) as gone:
            done = self._run(sql, client) if gone.rows else None
            if done and done.new:
                yield self._bypass("INSERT", "", place, client, done, sql)

    def _run(self, sql: str, client: Identity) -> Done:
        return self.writer.run(sql, client, keep=False)

    def _bypass(
        self, verb: str, column: str, place: Relation, client: Identity, done: Done, sql: str
    ) -> Bypass:
        script = self.writer.script(sql, None, client.script(), first=False)
        return Bypass(verb, column, place.name, client.name, len(done.entries), script)
