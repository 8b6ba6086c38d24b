"""The columns of a row that say whose it is, and those that refer to other rows of the same person."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.people import CAROL, NOBODY
from pytest_readiness.gather.synthesis import platform
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.values import canary

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, ForeignKey, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.contents import Contents
    from pytest_readiness.gather.synthesis.insertion import Inserter
    from pytest_readiness.gather.synthesis.present import Present
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.gather.synthesis.row import Row


@dataclass(frozen=True)
class References:
    """Finds what rows refer to; what is missing is made.

    Attributes:
        users: Table of the platform's users; empty when it has none.
        seed: What all values derive from.
        withheld: Relations in which nobody gets a row because another one needs it.
        contents: Says what rows hold.
        present: Looks for rows.
        inserter: Runs statements as a person's.
        make: Returns a person's row in a relation, and makes it where there is none.
    """

    catalog: CatalogEvidence
    owners: Owners
    users: str
    seed: int
    withheld: frozenset[str]
    contents: Contents
    present: Present
    inserter: Inserter
    make: Callable[[Relation, Person], Row]

    def keys(self, relation: Relation, person: Person) -> Values:
        """Return the columns that say whose the row is, and those that refer to rows of the same person."""
        owned = self.owners.owned.get(relation.name)
        values = self.contents.whose(relation, person) | self._of_the_listed(relation, person)
        roots = {key.columns[0] for key in relation.foreign_keys if key.target in self.owners.roots}
        for name, value in self.of(relation, person, frozenset(values)).items():
            # A root may have another key than the tenant's own: its CHECK decides how keys are spelt.
            if name not in values or (
                value is not None and name in roots and owned and name in owned.tenants
            ):
                values[name] = value
        return values | self._formed(relation, person, values, roots)

    def _formed(
        self, relation: Relation, person: Person, known: Values, referring: Collection[str]
    ) -> Values:
        """Return the columns that name the tenant without a reference, as the one table of them spells it."""
        owned = self.owners.owned.get(relation.name)
        names = [name for name in owned.tenants if known.get(name)] if owned else []
        roots = [] if relation.name in self.owners.roots else self._roots_of_a_form
        if not person.tenant or len(roots) != 1:
            return {}
        (root, key), found = roots[0], {}
        for column in filter(None, map(relation.column, names)):
            if (
                column.is_text
                and column.name not in referring
                and known[column.name] == person.tenant.key(column.type)
            ):
                with suppress(CannotFillError):  # it stays as it is
                    found[column.name] = self.make(root, person).texts[key]
        return found

    @cached_property
    def _roots_of_a_form(self) -> list[tuple[Relation, str]]:
        """Tables of tenants whose keys are texts of which a CHECK asks something."""
        known = ((self.catalog.relation(name), key) for name, key in self.owners.roots.items())
        return [
            (root, key)
            for root, key in known
            if root
            and (column := root.column(key))
            and column.is_text
            and any(key in check.columns for check in root.checks)
        ]

    def _of_the_listed(self, relation: Relation, person: Person) -> Values:
        """Return whom a row names in place of its owner where only those on a list can be named.

        Raises:
            CannotFillError: It has no other owner.
        """
        listed = [key for key in relation.foreign_keys if self._is_for_the_listed(relation, key, person)]
        names = {key.columns[0] for key in listed}
        if names and names >= {*self.owners.owned[relation.name].users}:
            raise CannotFillError(f"it is for those alone who are in {listed[0].target}")
        columns = [column for name in names if (column := relation.column(name))]
        return {c.name: str(CAROL.key(c.type)) if c.not_null else None for c in columns}

    def _is_for_the_listed(self, relation: Relation, key: ForeignKey, person: Person) -> bool:
        """Whether a key names a user by a list on which the person must not be."""
        owned = self.owners.owned.get(relation.name)
        users = owned.users if owned else ()
        return person != CAROL and key.target in self.withheld and key.columns[0] in users

    def of(self, relation: Relation, person: Person, known: frozenset[str]) -> Values:
        """Make the parents, and return the columns that refer to them; known ones are given already."""
        values: Values = {}
        owned = self.owners.owned.get(relation.name)
        # A child has none of its parent's own, and a word in a row is no key.
        inherited = (owned.reference,) if owned and owned.reference else ()
        below = {name: mark for name, mark, _ in owned.paths} if owned else {}
        for key in dict.fromkeys((*relation.foreign_keys, *inherited)):
            # A key of several columns asks for nothing once one of them is NULL.
            open_ = [name for name in key.columns if (c := relation.column(name)) and not c.not_null]
            if person is NOBODY and open_:
                values |= dict.fromkeys(open_)  # what is nobody's hangs on nothing that may be somebody's
                continue
            try:
                parent = self.parent(relation, key, person)
            except CannotFillError as error:
                if known >= set(key.columns):
                    continue  # let the server judge whether the row that it refers to is there
                if not open_:
                    raise CannotFillError(f"its parent {key.target} could not be filled: {error}") from None
                values |= dict.fromkeys(open_)
                continue
            for name, target in zip(key.columns, key.target_columns, strict=True):
                whole = parent[target]
                if whole and name in below:
                    whole = f"{whole}{below[name]}{canary(self.seed, relation.name, person.name, name)}"
                values.setdefault(name, whole)
        return {name: value for name, value in values.items() if writable(relation, name)}

    def parent(self, relation: Relation, key: ForeignKey, person: Person) -> Mapping[str, str | None]:
        """Return the row that a key refers to; it is made where there is none.

        Raises:
            CannotFillError: It can be neither found nor made.
        """
        if key.target == self.users:
            return {"id": person.uuid, "email": person.email}
        if key.target == relation.name:
            raise CannotFillError("it refers to itself")
        target = self.catalog.relation(key.target)
        if key.target == "storage.objects":
            return self._stored_object(person)
        if self._is_for_the_listed(relation, key, person):
            person = CAROL
        if target is None:
            if (found := self.present.first(key.target)) is None:
                raise CannotFillError("it belongs to the platform and is empty")
            return {name: value if value is None else str(value) for name, value in found.items()}
        return self.present.shipped(relation, key, target) or self.make(target, person).texts

    def _stored_object(self, person: Person) -> Mapping[str, str | None]:
        """Return a file of the person's in the platform's storage; it is made where there is none."""
        try:
            self.inserter.run(person, platform.BUCKET)
            found = self.inserter.run(person, platform.store_file(person, self.seed))
        except psycopg.Error as error:
            raise CannotFillError(f"{error.sqlstate}: {error.diag.message_primary}") from None
        return found or {}


def writable(relation: Relation, name: str) -> bool:
    """Whether a statement may set a column."""
    column = relation.column(name)
    return bool(column and column.writable)
