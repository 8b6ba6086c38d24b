"""Rows that say by a text what they belong to, without a key: files below the slug of a site."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS, ForeignKey
from pytest_readiness.evidence.ownership import Ownership
from pytest_readiness.judges.owners.folders import begun
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.comparisons import PAIR
from pytest_readiness.judges.sql.lexis import last_name, name_of, names, plain, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation
    from pytest_readiness.judges.owners.callers import Hints
    from pytest_readiness.judges.sql.texts import Texts

_PUT_BEHIND = re.compile(r"\s*\|\|\s*'[/:#|]'(?:::text)?")
"""What ends a name where it is looked for at the beginning of a text."""

_ARGUMENT = re.compile(r"(?:(?:\w+\.)?\w+\.)?(\w+)\)*(?:::[\w ]+)?")


def worded(
    catalog: CatalogEvidence, hints: Hints, owned: Mapping[str, Ownership], left: Iterable[Relation]
) -> dict[str, Ownership]:
    """Return whose rows are by such a text, of relations of which nothing else tells it.

    A policy compares it, or its first part, with what tells owned rows of another relation apart.
    """
    found = {relation.name: next(_ways(catalog, hints, owned, relation), None) for relation in left}
    return {name: way for name, way in found.items() if way}


def _ways(
    catalog: CatalogEvidence, hints: Hints, owned: Mapping[str, Ownership], relation: Relation
) -> Iterator[Ownership]:
    said = {name for policy in relation.shown_by for name in names(policy.using)}
    for column in relation.columns if relation.kind in TABLE_KINDS else ():
        place = (relation.name, column.name)
        others = (other for one, other in hints.pairs if one == place) if column.is_text else ()
        for name, key in sorted(others):
            target = catalog.relation(name)
            if target is None or name not in owned or not {column.name, target.table, key} <= said:
                continue
            named = target.column(key)
            if named and named.is_text and key in target.single_keys:
                mark = hints.begun.get(place)
                yield Ownership(
                    why=f"{column.name} says by {key} which of {name} it belongs to, which is owned",
                    via=ForeignKey((column.name,), name, (key,)),
                    paths=((column.name, mark, "text"),) if mark else (),
                )


def lying_in(catalog: CatalogEvidence, texts: Texts, owned: Mapping[str, Ownership]) -> dict[str, Ownership]:
    """Return the same of relations that name who made a row, where policies ask by a text what it lies in.

    That is a row of a tenant's, told apart by a text: whoever belongs there has the row in common with its
    maker, whom no policy that shows it asks for.
    """
    found: dict[str, Ownership] = {}
    for name, owner in owned.items():
        relation = catalog.relation(name)
        if relation is None or not owner.users or owner.tenants or not {*owner.users} <= owner.signed:
            continue
        said = [policy.using for policy in relation.shown_by]
        if not any({*owner.users} & names(text) for text in said):
            place = next(
                (key for text in said for key in _within(catalog, texts, relation, text, owned)), None
            )
            found |= {name: replace(owner, within=place)} if place else {}
    return found


def _within(
    catalog: CatalogEvidence, texts: Texts, relation: Relation, text: str, owned: Mapping[str, Ownership]
) -> Iterator[ForeignKey]:
    """Yield references to rows of tenants by texts that a policy compares, itself or by a function."""
    ways = chain(
        _compared(catalog, texts, text, {c.name: c.name for c in relation.columns}, relation),
        *(passed(catalog, texts, text, function) for function in texts.called([text])),
    )
    for column, (name, key) in ways:
        own, target = relation.column(column), catalog.relation(name)
        if target is None or name not in owned or not owned[name].tenants:
            continue
        named = target.column(key) if key in target.single_keys else None
        if own and own.is_text and named and named.is_text:
            yield ForeignKey((column,), name, (key,))


def passed(
    catalog: CatalogEvidence, texts: Texts, text: str, function: Function
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield columns that a text gives to a function, with what this compares them with."""
    for call in re.finditer(rf"(?<!\w){word(last_name(function.name))}\s*\(([^()]*)\)", plain(text)):
        values = [_ARGUMENT.fullmatch(value.strip()) for value in call[1].split(",")]
        given = {
            name: name_of(value[1])
            for number, (argument, value) in enumerate(zip(function.arguments, values, strict=False), 1)
            for name in (argument.name, f"{number}")
            if value
        }
        yield from _compared(catalog, texts, function.body, given)


def _compared(
    catalog: CatalogEvidence,
    texts: Texts,
    text: str,
    given: Mapping[str, str],
    scope: Relation | None = None,
) -> Iterator[tuple[str, tuple[str, str]]]:
    """Yield columns under the names that a text has for them, with those that it compares these with."""
    said, _ = begun(_PUT_BEHIND.sub("", " ".join(plain(text).split())))
    sources = Names(catalog, texts, scope, said)
    for found in PAIR.finditer(said):
        sides = ((found["left_of"], found["left"]), (found["right_of"], found["right"]))
        for (of, mine), other in (sides, sides[::-1]):
            bare = not of or (scope is not None and name_of(of) == scope.table)
            if bare and (column := given.get(name_of(mine))):
                yield from (
                    (column, place) for place in sources.places(*other) if place[0] != (scope and scope.name)
                )
