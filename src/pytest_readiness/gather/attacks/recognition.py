"""Whose rows and texts came out: told from keys in rows, from recognisable texts, and from numbers."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.ownership import Who
from pytest_readiness.evidence.people import ALICE, BOB, NOBODY, PEOPLE
from pytest_readiness.evidence.population import CANARY
from pytest_readiness.gather.attacks.codes import CAPABILITY
from pytest_readiness.judges.isolation.traces import Made, Traces, keys_of, traces
from pytest_readiness.judges.owners.callers import hints_of
from pytest_readiness.judges.purpose.publication import withheld
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import Population
    from pytest_readiness.gather.attacks.addresses import Addresses
    from pytest_readiness.judges.isolation.labels import Labels, Row


_UUID = re.compile(r"(?<![\w-])[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?![\w-])")


@dataclass(frozen=True)
class Recognition:
    """Tells whose what came out is.

    Attributes:
        owners: Of all relations.
        population: The rows of people.
        labels: That read off a row whose it is.
        published: By relation that everybody reads on purpose, the policy that says so.
        clients: Roles of those who own no row of another.
        addresses: By which accounts are told.
    """

    catalog: CatalogEvidence
    owners: Owners
    population: Population
    labels: Labels
    published: Mapping[str, str]
    clients: frozenset[str]
    addresses: Addresses

    def foreign(self, relation: Relation, row: Row, reader: Person | None) -> frozenset[str]:
        """Return whose a row is that somebody else's reader got; views are judged by what they show."""
        if relation.name in self._telling:
            whole = self._whole(relation, row)
            names = self._strangers(self.labels.foreign(relation.name, whole, reader), reader)
            return frozenset() if names and self.labels.shares(relation.name, whole, reader) else names
        return self._marked(relation, row, reader)

    @cached_property
    def _telling(self) -> frozenset[str]:
        """Relations whose rows tell whose they are: tables, and what is copied from them for some to see.

        That is a materialized view of which code shows callers their own rows alone: it asks no policy.
        """
        callers = hints_of(self.catalog).callers
        return frozenset(
            name
            for name, owned in self.owners.owned.items()
            if (relation := self.catalog.relation(name))
            and (
                relation.kind in TABLE_KINDS
                or (
                    relation.kind == "materialized view"
                    and any(callers.get((name, column)) is Who.USER for column in owned.users)
                )
            )
        )

    @cached_property
    def _acquainted(self) -> dict[str, frozenset[str]]:
        """Whom a row of somebody's names beside him, where such rows decide who gets at what: friends.

        Alice is never taken for bob's friend: whatever he gets of hers is told.
        """
        deciding = texts_of(self.catalog).deciding
        found: dict[str, frozenset[str]] = {}
        for name in sorted(deciding & self.owners.owned.keys()):
            rows = self.population.held.get(name, ()) if self.owners.owned[name].is_between_users else ()
            for people in (self.labels.people(name, row) for row in rows):
                if not people >= {ALICE.name, BOB.name}:
                    found |= {one: found.get(one, frozenset()) | people for one in people}
        return found

    def _strangers(self, names: frozenset[str], reader: Person | None) -> frozenset[str]:
        """Return those whom no such row names beside the reader, if there are any but them."""
        known = self._acquainted.get(reader.name, frozenset()) if reader else frozenset()
        people = names & {person.name for person in PEOPLE}
        return frozenset() if people and people <= known else names

    def near(self, name: str, reader: Person | None) -> bool:
        """Whether somebody is the reader, of the same tenant, or a friend."""
        return _same(name, reader) or not self._strangers(frozenset({name}), reader)

    def own(self, relation: Relation, row: Row, person: Person) -> bool:
        """Whether a row belongs to a person, or shows something of it."""
        if relation.kind in TABLE_KINDS and relation.name in self.owners.owned:
            names = {person.name} | ({person.tenant.name} if person.tenant else set())
            return bool(self.labels.of(relation.name, self._whole(relation, row)) & names)
        text = json.dumps(row)
        known = self._canaries[person.name]
        keys = (person.uuid, str(person.number), person.email)
        return any(key in text for key in keys) or not known.isdisjoint(CANARY.findall(text))

    def unowned(self, relation: Relation, row: Row) -> bool:
        """Whether a row is the one that was put there without an owner."""
        made = self.population.row(relation.name, NOBODY.name)
        return made is not None and all(made.stored.get(name) == value for name, value in row.items())

    def _whole(self, relation: Relation, row: Row) -> Row:
        """Return the whole row of which a reader got some columns; the row itself if it is unknown."""
        owned = self.owners.owned[relation.name]
        ways = self.labels.ways(relation.name, owned.via) if owned.via else ()
        needed = {*owned.columns, *(name for way in ways for name in way.columns)}
        if kinds := owned.kinds:
            needed |= {kinds.column, *(name for _, way in kinds.ways for name in way.columns)}
        if needed <= row.keys():
            return row
        held = self.population.held.get(relation.name, ())
        alike = [one for one in held if all(one.get(name) == value for name, value in row.items())]
        return alike[0] if alike else row

    def _marked(self, relation: Relation, row: Row, reader: Person | None) -> frozenset[str]:
        """Tell whose values a row shows: by canaries, by addresses, or by numbers beside a key.

        By its own key a row of a table is found, and whatever rows of others refer to it, it tells of none.
        """
        text = json.dumps(row)
        own = relation.primary_key if relation.name in self._referred_to else ()
        said = json.dumps({name: value for name, value in row.items() if name not in own})
        marks = set(CANARY.findall(text))
        names = {
            name for name, known in self._canaries.items() if not self.near(name, reader) and known & marks
        }
        if self.addresses.shown_by(relation):
            names |= {name for _, name in self.addresses_of_others(text, reader)}
        return frozenset(names.union(*(owners for _, owners in self.numbers_of_others(said, reader))))

    @cached_property
    def _referred_to(self) -> frozenset[str]:
        """Tables to which rows refer that are somebody's."""
        owned = (relation for relation in self.catalog.relations if relation.name in self.owners.owned)
        return frozenset(key.target for relation in owned for key in relation.foreign_keys)

    def numbers_of_others(self, text: str, reader: Person | None) -> Iterator[tuple[str, frozenset[str]]]:
        """Yield the numbers of rows of others that a result shows beside a key, and whose they are."""
        found = [*self._traces.within(text)]
        # What a row of the reader's own is called as well is his, whoever else is named in it.
        name = reader.name if reader else ""
        own = {mark for mark, made in found if name in self.labels.of(made.relation, dict(made.stored))}
        for number, made in found:
            owners = self._strangers(self.labels.foreign(made.relation, dict(made.stored), reader), reader)
            if owners and number not in own:
                yield number, owners

    @cached_property
    def _traces(self) -> Traces:
        """Numbers of rows that are owned, those apart that everybody reads on purpose."""
        return traces(
            Made(name, row.stored, keys_of((*whose, *(row.stored.get(key) for key in relation.primary_key))))
            for (name, owner), row in self.population.rows.items()
            if name in self.owners.owned and name not in self.published
            if (relation := self.catalog.relation(name)) and (whose := _keys_of(owner))
        )

    @cached_property
    def _canaries(self) -> dict[str, frozenset[str]]:
        """Recognisable texts of each person, those apart that everybody reads on purpose."""
        shown = {
            mark
            for name in self.published
            for person in PEOPLE
            if (relation := self.catalog.relation(name)) and (row := self.population.row(name, person.name))
            for column in row.texts.keys() - withheld(relation, self.clients)
            for mark in CANARY.findall(row.texts[column] or "")
        }
        return {person.name: self.population.canaries(person.name) - shown for person in PEOPLE}

    def canaries_of_others(self, text: str, reader: Person | None) -> list[str]:
        """Return the recognisable texts in a text that are of nobody in the reader's tenant."""
        known = (marks for name, marks in self._canaries.items() if not self.near(name, reader))
        return sorted(frozenset().union(*known).intersection(CANARY.findall(text)))

    def addresses_of_others(self, text: str, reader: Person | None) -> Iterator[tuple[str, str]]:
        """Yield the addresses in a text that are of nobody in the reader's tenant, and whose they are."""
        yield from (one for one in self.addresses.within(text) if not self.near(one[1], reader))

    def secrets_of_others(self, text: str, reader: Person | None) -> Iterator[str]:
        """Yield the keys in a text that open rows of others: tokens that are no texts, but drawn as uuids."""
        for found in _UUID.findall(text):
            if any(not self.near(name, reader) for name in self._secrets.get(found, ())):
                yield found

    @cached_property
    def _secrets(self) -> dict[str, frozenset[str]]:
        """By a uuid that nothing refers to and that is called like a secret, whose row has it."""
        found: dict[str, frozenset[str]] = {}
        hidden = self.owners.owned.keys() - self.published.keys()
        for (name, owner), row in self.population.rows.items():
            relation = self.catalog.relation(name)
            if relation is None or name not in hidden or not _keys_of(owner):
                continue
            kept = relation.link_columns
            tokens = [c.name for c in relation.columns if c.type == "uuid" and CAPABILITY.search(c.name)]
            for value in (row.texts.get(column) for column in tokens if column not in kept):
                found |= {value: found.get(value, frozenset()) | {owner}} if value else {}
        return found


def _keys_of(name: str) -> tuple[str, ...]:
    """Return what names a person, and her tenant, in a result; nothing for who is no person."""
    person = next((one for one in PEOPLE if one.name == name), None)
    if person is None:
        return ()
    tenant = (person.tenant.uuid, str(person.tenant.number), person.tenant.slug) if person.tenant else ()
    return (person.uuid, str(person.number), person.email, *tenant)


def _same(name: str, reader: Person | None) -> bool:
    """Whether somebody is the reader or of the same tenant."""
    if reader is None:
        return False
    other = next(person for person in PEOPLE if person.name == name)
    return name == reader.name or bool({*other.tenants} & {*reader.tenants})
