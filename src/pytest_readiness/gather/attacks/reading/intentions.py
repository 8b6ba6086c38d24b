"""Whether others are meant to read what they do, by what columns, policies and grants say."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, strangers_to
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.asked_states import VIEWS, refreshing
from pytest_readiness.gather.attacks.attempts import Attempt, Talk
from pytest_readiness.gather.attacks.cast import ANONYMOUSLY
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.reading.drafts import Drafts
from pytest_readiness.gather.attacks.reading.openings import Openings
from pytest_readiness.gather.attacks.reading.ownerless import taken_for_everybodys
from pytest_readiness.gather.attacks.reading.posted_by_staff import posted_to_all
from pytest_readiness.gather.attacks.states import change, hiding_of, statements_of, words_of
from pytest_readiness.gather.attacks.switches import switches
from pytest_readiness.judges.isolation.reading import leak
from pytest_readiness.judges.owners.assurance import shared_with_the_known
from pytest_readiness.judges.purpose.excerpts import is_excerpt
from pytest_readiness.judges.purpose.publication import called_public, shows_secrets, withheld
from pytest_readiness.judges.purpose.registries import DOUBT
from pytest_readiness.judges.purpose.remainders import may_be_kept
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Ownership
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Asked, Reading
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.target.identities import Identity


@dataclass(frozen=True, slots=True)
class Meant:
    """What is read of a relation, and whether it is meant so.

    Attributes:
        reads: What the owner reads, then the others.
        published: The column and value by which rows are for everybody.
        unclear: Rows, for people, if nothing tells whether they are for everybody.
        open_by: The policy that says so of all rows.
        door: Whether the application learns by it which tenant is called, and no more.
    """

    reads: tuple[Read, ...]
    published: str = ""
    unclear: str = ""
    open_by: str = ""
    door: bool = False


class Intentions:
    """Asks who says so.

    Attributes:
        actors: Alice first, then bob; carol last, who shares a tenant with alice.
        read: Says what an outcome shows of whom.
        given: The states in which something was read that is not so as things are.
    """

    def __init__(
        self,
        field: Field,
        actors: Sequence[tuple[Identity, Person | None]],
        reading: Reading,
        given: Mapping[Read, tuple[State, ...]],
    ) -> None:
        self.field = field
        self.actors = actors
        self.read = reading
        self.given = given
        self._openings = Openings(field, actors, reading)

    def of(
        self, relation: Relation, outcomes: list[Outcome], reads: tuple[Read, ...], asked: Asked
    ) -> Talk[Meant]:
        """Say whether others are meant to read what they do, and who says so."""
        row = self.field.population.row(relation.name, ALICE.name)
        owned = self.field.owners.owned.get(relation.name)
        leaked = leak(reads[1:])
        if leaked is None:
            reads, unclear = taken_for_everybodys(self.field, relation, reads)
            return Meant(reads, unclear=unclear)
        if (known := self._at_once(relation, reads, leaked)) is not None:
            return known
        published, unclear = ("", "") if leaked.kept else (asked.published, asked.unclear)
        if leaked not in asked.reads and not leaked.kept:
            given = self.given.get(leaked, ())
            where, published = yield from self._switched(relation, row, leaked.actor, given)
            if published and where != relation.name:
                drafts = yield from Drafts(self.field, self.read).of(
                    relation, row, self._whoever(leaked.actor), given
                )
                if drafts:
                    return Meant((*reads, *drafts))
            unclear = ""
            strangers = {nobody.role for nobody in self.field.cast.nobody()} - {self.actors[1][0].role}
            if published and may_be_kept(relation, owned, strangers):
                published, unclear = "", f"rows with {published}"
        if leaked in reads[1:3] and not published and not unclear:
            unclear = yield from self._openings.unclear(relation, row, leaked.actor)
        open_by = self.said_public(relation, row, outcomes) or _for_all_real(relation, owned, reads)
        # What a catalogue shows of many, and strangers read, is for all by its name.
        tenants = relation.name in self.field.owners.roots
        if unclear and not open_by:
            open_by = called_public(relation, self.field.clients, directory=tenants)
        if not (open_by or published or leaked.kept):
            open_by = yield from posted_to_all(self.field, relation, row)
        return Meant(reads, published, unclear, open_by)

    def _at_once(self, relation: Relation, reads: tuple[Read, ...], leaked: Read) -> Meant | None:
        """Return what is meant of what is kept from bob, and of what tells an application who calls."""
        known = self.field.registries
        doubtful = relation.name in known.doubtful | known.credentials
        if doubtful or relation.name in known.doors:
            return Meant(reads, unclear=DOUBT if doubtful else "", door=not doubtful)
        return Meant(reads) if leaked is reads[1] and leaked.kept else None

    def said_public(self, relation: Relation, row: SyntheticRow | None, outcomes: list[Outcome]) -> str:
        """Return the policy that says that everybody reads it, unless what grants withhold is shown."""
        policy = self.field.published.get(relation.name, "")
        hidden = withheld(relation, self.field.clients) if policy and row else frozenset()
        if table := self._excerpted(relation):
            policy, row = relation.table, self.field.population.row(table.name, ALICE.name)
            hidden = _names(table) - _names(relation)
        marks = {m for name in hidden for m in CANARY.findall((row and row.texts.get(name)) or "")}
        shown = {mark for outcome in outcomes[1:-1] for text in outcome.rows for mark in CANARY.findall(text)}
        return "" if marks & shown else policy

    def _excerpted(self, view: Relation) -> Relation | None:
        """Return the table of which a view shows to everybody what is meant for that."""
        field = self.field
        strangers = {nobody.role for nobody in field.cast.nobody()} & view.readable.keys()
        below = field.texts.depends_on(view.name) - {view.name} if view.kind in VIEWS and strangers else ()
        table = field.catalog.relation(*below) if len(below) == 1 else None
        if table is None or table.name not in field.owners.owned or table.kind not in TABLE_KINDS:
            return None
        kept = table.rls or not strangers & table.readable.keys()
        known = partial(words_of, field, table)
        return table if kept and is_excerpt(view, table, field.clients, known) else None

    def published(
        self, relation: Relation, row: SyntheticRow | None, actor_name: str, given: tuple[State, ...] = ()
    ) -> Talk[str]:
        """Tell whether one column decides that a row is for everybody, and says so by its name.

        It may be a column of a row that this one belongs to: comments are public where their post is.
        Her rows may have been given other states before.
        """
        _, said = yield from self._switched(relation, row, actor_name, given)
        return said

    def _switched(
        self, relation: Relation, row: SyntheticRow | None, actor_name: str, given: tuple[State, ...]
    ) -> Talk[tuple[str, str]]:
        """Return the relation that has such a column, and what it says there."""
        if shows_secrets(relation, self.field.clients) or self.field.in_vain(relation):
            return "", ""
        actor, person = self._whoever(actor_name)
        for name, column, value, other in switches(self.field, relation, given):
            one = self.field.catalog.relation(name)
            states = (*given, change(name, column, other, *(self._rows(one, column, person) if one else ())))
            before = (*statements_of(states), *refreshing(self.field, relation.name))
            (changed,) = yield (Attempt(actor, (read(relation),), before=before),)
            found = self.read(relation, actor, person, changed, row, hiding_of(given))
            if not changed.state and not found.foreign:
                return name, f"{column.quoted} = {value}"
        return "", ""

    def _rows(self, relation: Relation, column: Column, reader: Person | None) -> Iterator[SyntheticRow]:
        """Yield the rows of others than a reader, then all that are theirs or lie in the same tenants.

        Some were made for the sake of what hangs on them. Of words each may have one of its own.
        """
        strangers = strangers_to(reader)
        rows = [row for one in strangers if (row := self.field.population.row(relation.name, one.name))]
        yield from rows
        if rows and (column.type == "boolean" or column.dated):
            for key, held in self._keys(relation, rows, strangers, reader):
                yield replace(rows[0], where=f"{identifier(key)} = {literal(held)}")

    def _keys(
        self,
        relation: Relation,
        rows: Iterable[SyntheticRow],
        strangers: Iterable[Person],
        reader: Person | None,
    ) -> Iterator[tuple[str, str]]:
        """Yield the column that says whose a row is, with each value that it has in a stranger's rows."""
        owned = self.field.owners.owned.get(relation.name)
        if owned and owned.tenants:
            own = self.field.population.row(relation.name, reader.name) if reader else None
            held = {row.texts.get(owned.tenants[0]) for row in rows}
            held -= {own.texts.get(owned.tenants[0]) if own else None, None}
            yield from ((owned.tenants[0], value) for value in sorted(filter(None, held)))
        elif owned and owned.users and owned.users[0] not in owned.addressed:
            column = relation.column(owned.users[0])
            yield from ((column.name, str(one.key(column.type))) for one in strangers if column)

    def _whoever(self, name: str) -> tuple[Identity, Person | None]:
        return next((pair for pair in self.actors if pair[0].name == name), self.actors[1])


def _names(relation: Relation) -> frozenset[str]:
    return frozenset(column.name for column in relation.columns)


def _for_all_real(relation: Relation, owned: Ownership | None, reads: tuple[Read, ...]) -> str:
    """Return the policy that shares a relation with all who signed up, and keeps out those who did not.

    Who thinks of sign-ins without a name means that all others read it.
    """
    nameless = next((one for one in reads if one.actor.endswith(ANONYMOUSLY)), None)
    others = [one for one in reads[1:] if one.foreign]
    if nameless is None or nameless.foreign or any(one.actor == "anon" for one in others):
        return ""
    naming = (*owned.columns, *(owned.reference.columns if owned.reference else ())) if owned else ()
    return shared_with_the_known(relation, naming, "is_anonymous")
