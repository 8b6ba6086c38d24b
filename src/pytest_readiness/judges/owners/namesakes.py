"""Numbers, slugs and names that two owners may have alike, as they tell only rows of one owner apart."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.comparisons import IN, PAIR
from pytest_readiness.judges.sql.lexis import last_name, name_of, plain, word
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Function, Relation
    from pytest_readiness.evidence.ownership import Owners, Ownership

_SPACE = re.compile(r"\s+")
_ROWS = ("new", "old")
_VALUE = re.compile(r"\d+|true|false|null|excluded|current_\w+|localtime\w*|session_user", re.IGNORECASE)
"""What stands beside a column and is no name of anything."""

_WRAPPED = re.compile(r"\b(?:lower|upper|b?trim)\s*\(\s*((?:\w+\.)?\w+)\s*\)", re.IGNORECASE)
"""What is compared without regard to its case or the blanks around it."""

_DEEP = 2
"""How many such functions are around one another."""

_GIVEN = re.compile(r"(?:(?P<of>\w+)\.)?(?P<name>\w+)(?:::[\w ]+)?")
"""An argument that is a column or a variable."""

RANK = re.compile(r"role|rank|level|status|perm|scope|type|kind|plan|tier", re.IGNORECASE)
_NUMBER = re.compile(r"smallint|integer|bigint|numeric")

Place = tuple[str, str]
"""A relation and its column; of a variable, nothing and its name."""


def told_apart_within(relation: Relation, owners: Owners) -> frozenset[str]:
    """Return what tells rows of one owner apart and may be the same for two: a number, a slug."""
    owning = _owning(relation, owners)
    keys = [frozenset(columns) for columns in relation.unique]
    alone = {name for columns in keys if not columns & owning for name in columns}
    return frozenset(name for columns in keys if columns & owning for name in columns - owning - alone)


def told_apart_within_tenants(relation: Relation, owners: Owners) -> frozenset[str]:
    """Return those of them that no key has beside a user alone.

    A city or a topic of which users are told has such a key, and whoever writes about it means all of them.
    """
    owned, owning = owners.owned.get(relation.name), _owning(relation, owners)
    users = {*owned.users} if owned else set()
    of_users = {name for columns in relation.unique if {*columns} & owning <= users for name in columns}
    return told_apart_within(relation, owners) - of_users


def are_told_by_tenant(catalog: CatalogEvidence, owners: Owners) -> bool:
    """Whether users have numbers or names that only their tenants tell apart: two may have the same."""
    return any(
        _told_by_tenant(catalog, relation, owned)
        for relation in catalog.relations
        if (owned := owners.owned.get(relation.name)) and owned.users and owned.tenants
    )


def _told_by_tenant(catalog: CatalogEvidence, relation: Relation, owned: Ownership) -> bool:
    """Whether a list of users has no key of them alone, and what refers to one says of which tenant."""
    user, keys = relation.column(owned.users[0]), [{*columns} for columns in relation.unique]
    alone = [{*key.columns} for key in relation.foreign_keys if len(key.columns) == 1]
    if user is None or user.type == "uuid" or {user.name} in [*keys, *alone]:
        return False
    # What only links somebody to a tenant, perhaps with a rank, is no list of people.
    said = (c for c in relation.columns if c.is_text and c.name not in set().union(*keys, *alone))
    if not any(column.not_null and not RANK.search(column.name) for column in said):
        return False
    both = [key for key in keys if user.name in key and key - {user.name} == {owned.tenants[0]}]
    return bool(both) and any(
        key.target == relation.name and {*key.target_columns} == both[0]
        for other in catalog.relations
        for key in other.foreign_keys
    )


def named_elsewhere(catalog: CatalogEvidence, owners: Owners) -> dict[str, dict[str, Place]]:
    """Return by relation and column the number, slug or name that it repeats, where no key says so.

    Triggers, rules and functions tell, which compare one with the other, or both with a third.
    """
    return _Repetitions(catalog, owners).all()


def _owning(relation: Relation, owners: Owners) -> set[str]:
    owned = owners.owned.get(relation.name)
    leading = [key.columns for key in relation.foreign_keys if key.target in owners.owned]
    return {*(owned.columns if owned else ()), *itertools.chain.from_iterable(leading)}


class _Repetitions:
    """Reads them off texts.

    Attributes:
        told: By relation, what tells rows of one owner apart.
        within_tenants: Of these, what does so for tenants.
    """

    def __init__(self, catalog: CatalogEvidence, owners: Owners) -> None:
        self.catalog, self.owners, self.texts = catalog, owners, texts_of(catalog)
        self.told = {one.name: told_apart_within(one, owners) for one in catalog.relations}
        self.within_tenants = {one.name: told_apart_within_tenants(one, owners) for one in catalog.relations}

    def all(self) -> dict[str, dict[str, Place]]:
        """Return by relation and column what it repeats."""
        found: dict[str, dict[str, Place]] = {}
        for scope, text in self._acting() if any(self.told.values()) else ():
            for together in self._together(scope, text):
                for place, other in self._repeating(scope, together):
                    found.setdefault(place[0], {}).setdefault(place[1], other)
        return found

    def _acting(self) -> Iterator[tuple[Relation | None, str]]:
        """Yield each text that acts on rows, with the relation whose row it is given."""
        for relation in self.catalog.relations:
            yield from ((relation, trigger.body) for trigger in relation.triggers if trigger.enabled != "D")
            yield from ((relation, rule) for rule in relation.rules)
        for function in self.catalog.functions:
            if function.returns != "trigger":
                yield None, function.body

    def _together(self, scope: Relation | None, text: str) -> list[set[Place]]:
        """Return the columns that a text compares with one another, with a variable, or by what it calls."""
        said = _read(text)
        names = Names(self.catalog, self.texts, None, said)
        groups: list[set[Place]] = []
        for found in (*PAIR.finditer(said), *IN.finditer(said)):
            sides = ((found["left_of"], found["left"]), (found["right_of"], found["right"]))
            groups = _joined(
                groups, {place for of, name in sides for place in self._places(names, scope, of, name)}
            )
        for function in self.texts.named_functions([said]):
            for compared, given in self._passed(function, said):
                groups = _joined(groups, {*compared, *self._places(names, scope, *given)})
        return groups

    def _passed(
        self, function: Function, text: str
    ) -> Iterator[tuple[Iterator[Place], tuple[str | None, str]]]:
        """Yield what a function compares with an argument, and what a call gives for it."""
        calls = re.findall(rf"(?<!\w){word(last_name(function.name))}\s*\(([^()]*)\)", text, re.IGNORECASE)
        body = _read(function.body) if calls else ""
        names = Names(self.catalog, self.texts, None, body)
        for call in calls:
            for argument, said in zip(function.arguments, call.split(","), strict=False):
                given = _GIVEN.fullmatch(said.strip())
                if given is None:
                    continue
                for of, name in _compared_with(body, argument.name):
                    yield self._places(names, None, of, name), (given["of"], given["name"])

    def _places(self, names: Names, scope: Relation | None, of: str | None, name: str) -> Iterator[Place]:
        """Yield what a name stands for: columns, or a variable."""
        column = name_of(name)
        if (of or "").lower() in _ROWS:
            if scope and scope.column(column):
                yield scope.name, column
            return
        known = list(names.places(of, name))
        yield from known
        if not known and not _VALUE.fullmatch(name):
            yield "", f"{of or ''}.{name}".lower()
            # A variable that holds a row has its columns, and so has a table of rows that were changed.
            held = [one for one in names.inner if of and column in self.told[one.name]]
            held += [scope] if scope and scope.column(column) else []
            yield from ((one.name, column) for one in held)

    def _repeating(self, scope: Relation | None, together: Iterable[Place]) -> Iterator[tuple[Place, Place]]:
        """Yield the columns of a group that repeat another one, with that one."""
        places = sorted(place for place in together if place[0])
        for place in places:
            # What acts on a user's new row by a text of it means all who have the text.
            told = self.within_tenants if scope and place[0] == scope.name else self.told
            named = (other for other in places if other[1] in told[other[0]] and self._repeats(place, other))
            if other := next(named, None):
                yield place, other

    def _repeats(self, place: Place, other: Place) -> bool:
        """Whether a column may have another's value: it names no owner or parent, and is no key alone."""
        relation, named = self.catalog.relation(place[0]), self.catalog.relation(other[0])
        owned = self.owners.owned.get(place[0])
        if relation is None or named is None or relation is named or owned is None:
            return False
        own, their = relation.column(place[1]), named.column(other[1])
        kept = {name for key in relation.foreign_keys for name in key.columns} | {*owned.columns}
        kept |= {columns[0] for columns in relation.unique if len(columns) == 1}
        # Of two that are called alike both have the same already.
        called_alike = place[1] == other[1] or place < other
        kept |= self.told[place[0]] if called_alike else set()
        return place[1] not in kept and own is not None and own.writable and _alike(own, their)


def _alike(one: Column, other: Column | None) -> bool:
    if other is None:
        return False
    return (one.is_text and other.is_text) or bool(_NUMBER.match(one.type) and _NUMBER.match(other.type))


def _compared_with(text: str, name: str) -> Iterator[tuple[str | None, str]]:
    """Yield what a text compares with a variable."""
    for found in PAIR.finditer(text) if name else ():
        sides = [(found["left_of"], found["left"]), (found["right_of"], found["right"])]
        yield from (other for (_, one), other in (sides, sides[::-1]) if name_of(one) == name)


def _read(text: str) -> str:
    said = _SPACE.sub(" ", plain(text))
    for _ in range(_DEEP):
        said = _WRAPPED.sub(r"\1", said)
    return said


def _joined(groups: list[set[Place]], met: set[Place]) -> list[set[Place]]:
    apart = [group for group in groups if not group & met]
    return [*apart, met.union(*(group for group in groups if group & met))]
