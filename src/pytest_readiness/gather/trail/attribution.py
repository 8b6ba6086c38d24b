"""Writes as people do, with false claims beside the true ones, and reads whom the entries name."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import Attribution, Claim, Unnamed, Unserved, value
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.echoes import EchoEvidence
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.bylines import Signed
from pytest_readiness.gather.trail.calls import Calls
from pytest_readiness.gather.trail.claiming import Acted, Claiming
from pytest_readiness.gather.trail.context import Context
from pytest_readiness.gather.trail.correlating import Correlating
from pytest_readiness.gather.trail.definers import Definers
from pytest_readiness.gather.trail.ground import Ground
from pytest_readiness.gather.trail.leaks import leaks
from pytest_readiness.gather.trail.lying import Lying
from pytest_readiness.gather.trail.nameless import Nameless
from pytest_readiness.gather.trail.pooling import Pooling
from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.gather.trail.writer import Writer, expressions, settings_read
from pytest_readiness.judges.audit.attribution import (
    LATER,
    bylines,
    carried,
    names_of,
    never_filled,
    said_by,
)
from pytest_readiness.judges.audit.audit_log import texts_of_triggers, trail
from pytest_readiness.judges.audit.authors import may_write, writes_for_clients
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.judges.sql.memberships import above
from pytest_readiness.target.quoting import literal, set_local
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Log, Unfilled
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.target.identities import Identity


@gatherer(strength=Strength.ATTACKED)
def attribution(target: Target, catalog: CatalogEvidence, echoes: EchoEvidence) -> Attribution:
    """Write to each audited table as its row's owner and as the backend; every write is undone.

    Functions that write entries themselves are called as her.
    """
    found = trail(catalog, target.settings.audit, echoes)
    if not found.logs:
        return Attribution((), absent="there is no audit log")
    owners = infer(catalog, target.settings.isolation, target.profile.users)
    ground = Ground.of(target, catalog, owners)
    claimed: list[Claim] = []
    unnamed: list[Unnamed] = []
    unserved: list[Unserved] = []
    empty: list[tuple[str, list[Unfilled]]] = []
    for name, log in sorted(found.recorded.items()):
        relation = catalog.relation(name)
        if relation and relation.kind in TABLE_KINDS and not relation.parent:
            writes = _Writes(ground, log, relation)
            claimed += writes.all()
            for served in Pooling(ground, log, relation).all():
                unserved.append(served) if isinstance(served, Unserved) else claimed.append(served)
            if writes.acted:  # what nobody could write to says nothing of entries
                empty.append((log.name, writes.unfilled))
    for log in found.logs:
        for told in Calls(ground, log).all():
            unnamed.append(told) if isinstance(told, Unnamed) else claimed.append(told)
    kept: list[Unnamed] = []
    for told in leaks(target, catalog, owners, found):
        kept.append(told) if isinstance(told, Unnamed) else claimed.append(told)
    unwritten = not (found.recorded or claimed or unnamed)
    absent = (
        "no trigger, and no function that users may call, tells an audit log who acted" if unwritten else ""
    )
    return Attribution(
        tuple(claimed), absent, tuple(unnamed), tuple(kept), never_filled(empty), tuple(unserved)
    )


class _Writes:
    """Writes to one table, in a transaction that is rolled back."""

    def __init__(self, ground: Ground, log: Log, relation: Relation) -> None:
        self.ground = ground
        self.target = ground.target
        self.people = ground.people
        self.connection = ground.connection
        self.catalog = ground.catalog
        self.log = log
        self.relation = relation
        self.maker = ground.maker()
        self.writer = Writer(ground.connection, log.name, self.maker, relation)
        self.claiming = Claiming(self.writer)
        self.acted: list[Acted] = []
        self.unfilled: list[Unfilled] = []
        self.declared = carried(ground.target.settings.audit.session)
        read = settings_read(ground.catalog, relation)
        self.settings = tuple(dict.fromkeys((*read, *self.declared.values())))
        self.context = Context(self.claiming, ground.catalog, log, self.declared, self.settings)
        self.opened = self.anew = False
        self.introduction: tuple[str, int] | None = None
        self.text = "\n".join(map(plain, texts_of_triggers(ground.catalog, relation)))

    def all(self) -> list[Claim]:
        """Return whom the entries of all writes name."""
        self.connection.execute("begin")
        try:
            for person in (ALICE, BOB):
                self.maker.sign_up(person)
            row = self.maker.make(self.relation, ALICE)
            claimed = [*self._as_service(row), *self._as_alice(row)]
            claimed += Definers(self.claiming, self.catalog, self.log).all(self.acted)
            for acted in self.acted[:1]:
                claimed += Correlating(self.claiming, self.catalog, self.log).all(row, acted)
            if not any(claim.truth for claim in claimed):
                claimed += self._anew(row, claimed)
            self.unfilled += self.context.unfilled(self.acted)
        except CannotFillError:
            return []  # another check tells that nothing can be written here
        else:
            return claimed
        finally:
            self.connection.execute("rollback")

    def _anew(self, row: Row, claimed: Sequence[Claim]) -> Iterator[Claim]:
        """Put the row in again, where no change of it is recorded."""
        with past_guards(self.connection, f"delete from {self.relation.name} where {row.where}") as freed:
            self.anew = bool(freed.rows) and not row.adopted
            if self.anew:
                yield from () if claimed else self._as_service(row)
                yield from self._as_alice(row)

    def _as_service(self, row: Row) -> Iterator[Claim]:
        """Write as the backend on a used connection, whose settings are empty; then with all of them."""
        service = self.people.service()
        empty = "".join(f"{set_local(name, '')}\n" for name in self.settings)
        change = self._change(row, service, empty)
        if not change:
            return
        acted = Acted(service, change, empty)
        self.acted.append(acted)
        if column := self.log.columns.actor:
            yield self.claiming.claim(acted, "the actor", self.claiming.said(acted, column))
            yield from self._named(acted, column)
            yield from Nameless(self.ground, self.claiming, self.log).all(row, acted)
        yield from self.context.all(acted)

    def _named(self, acted: Acted, column: str) -> Iterator[Claim]:
        """Say in the setting that is declared for it that alice acts."""
        if name := self.declared.get("actor"):
            truth = str(ALICE.key(self._type(column)))
            told = replace(acted, before=f"{acted.before}{set_local(name, truth)}\n")
            yield self.claiming.claim(told, "the actor", self.claiming.said(told, column), truth=(truth,))

    def _as_alice(self, row: Row) -> Iterator[Claim]:
        """Write as the row's owner, first truly, then with a false word beside the true ones."""
        alice, column = self._person(ALICE), self.log.columns.actor
        if alice is None or not column:
            return
        change = self._change(row, alice, "")
        may = may_write(self.relation, alice.role, above(alice.role, self.catalog.roles))
        if not change and (may or any(writes_for_clients(self.catalog, self.relation))):
            self._open(alice)
            change = self._change(row, alice, "")
        if not change:
            yield from self._in_columns(row, alice, column, "")
            return
        truth = tuple({*names_of(ALICE), str(ALICE.key(self._type(column)))})
        said = self.claiming.said(Acted(alice, change), column)
        if not self.target.profile.clients and not (said and any(text in said for text in truth)):
            alice, said = self._introduced(alice, change, column, truth) or (alice, said)
        self.acted.append(Acted(alice, change))
        yield self.claiming.claim(self.acted[-1], "the actor", said, truth=truth)
        if self.target.profile.clients:  # elsewhere, whatever is said, the backend says
            lying = Lying(self.claiming, self.log, self._type(column), self.target.profile)
            yield from lying.all(Acted(alice, change), self.settings, self.text)
        yield from self._in_columns(row, alice, column, change)
        yield from self._at_the_end(change, alice, column)

    def _person(self, person: Person) -> Identity | None:
        """Return a user as the application lets her in, with the setting by which it says who acts."""
        identity = self.people.user(person)
        if identity is None or not self.introduction:
            return identity
        name, place = self.introduction
        return _with(identity, name, names_of(person)[place])

    def _introduced(
        self, alice: Identity, change: str, column: str, truth: tuple[str, ...]
    ) -> tuple[Identity, str] | None:
        """Look for the setting by which an application says who acts, beside whose rows they are.

        Where end users send no SQL of their own, settings are the word of the backend.
        """
        own = " ".join(alice.statements)
        for name in self.settings:
            for place, text in enumerate(names_of(ALICE)) if name not in own else ():
                introduced = _with(alice, name, text)
                done = self.writer.run(change, introduced, keep=False)
                said = str(value(done.entries[0], column)) if done.entries else ""
                if any(text in said for text in truth):
                    self.introduction = name, place
                    return introduced, said
        return None

    def _in_columns(self, row: Row, alice: Identity, column: str, change: str) -> Iterator[Claim]:
        """Say of a row that somebody else wrote it, in each of its own columns that could tell so."""
        kind = self._type(column)
        said = said_by(self.catalog, self.relation, alice.role, opened=self.opened)
        for own in bylines(self.relation, said, column, kind):
            for sql, lie, told in Signed(self.writer, row, alice, own, column).all(
                change, made=not self.opened
            ):
                about = f"the column {own.name}"
                yield self.claiming.claim(Acted(alice, sql), "the actor", told, about=about, lie=lie)

    def _at_the_end(self, change: str, alice: Identity, column: str) -> Iterator[Claim]:
        """Become somebody else after the write, as whoever serves several people in one transaction does."""
        bob = self._person(BOB)
        if bob is None:
            return
        later = "".join(f"{statement};\n" for statement in bob.statements)
        done = self.writer.run(change, alice, later=later, keep=False)
        if done.entries:
            said = str(value(done.entries[0], column))
            lie = str(BOB.key(self._type(column)))
            acted = Acted(alice, f"{change};\n{later}set constraints all immediate")
            yield self.claiming.claim(acted, "the actor", said, about=LATER, lie=lie)

    def _open(self, alice: Identity) -> None:
        """Let the caller write in this copy, as the function that writes for him does."""
        self.opened = True
        self.connection.execute(
            f"alter table {self.relation.name} disable row level security; "
            f"alter table {self.relation.name} no force row level security; "
            f"grant select, update on {self.relation.name} to {alice.role}".encode()
        )

    def _change(self, row: Row, actor: Identity, before: str) -> str:
        """Return a change that the actor may make and that is recorded; empty where there is none."""
        held = self.relation.privileges.get(actor.role)
        if self.anew:
            columns = (c for c in self.relation.columns if c.writable and (not held or c.name in held.insert))
            sql = insert_sql(
                self.relation, {c.name: t for c in columns if (t := row.texts[c.name]) is not None}
            )
            return sql if self.writer.run(sql, actor, before=before, keep=False).entries else ""
        barred = actor.role in self.catalog.clients and not (held and held.update) and not self.opened
        for column in () if barred else self.relation.columns:
            if not column.writable or column.name in self.relation.primary_key:
                continue
            for expression in list(expressions(column))[:2]:
                sql = f"update {self.relation.name} set {column.quoted} = {expression} where {row.where}"
                if self.writer.run(sql, actor, before=before, keep=False).entries:
                    return sql
        return ""

    def _type(self, column: str) -> str:
        log = self.catalog.relation(self.log.name)
        found = log.column(column) if log else None
        return found.type if found else "text"


def _with(identity: Identity, name: str, value: str) -> Identity:
    said = f"select set_config({literal(name)}, {literal(value)}, true)"
    return replace(identity, statements=(*identity.statements, said))
