"""References that are a kind and a number: which relation a row hangs on is said by a word in it."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import permutations, takewhile
from operator import eq
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS, ForeignKey
from pytest_readiness.evidence.ownership import Kinds
from pytest_readiness.judges.owners.callers import hints_of
from pytest_readiness.judges.owners.worded import passed
from pytest_readiness.judges.sql.lexis import snake_case, strings, underscored
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.judges.owners.callers import Hints

_KIND = re.compile(r"(kind|type|typ|(^|_)(class|model|entity|art|sorte?|tipo|soort))s?$")
"""How a column is called whose words say what something is."""

_NUMBER = re.compile(r"^(smallint|integer|bigint)$")
_LEAST = 3
"""Letters that a word and what it names have in common, and a kind with its number."""

_ENDING = 2
"""Letters that a plural may have at its end instead of those of the singular."""

_SEVERAL = 2


def kinds(catalog: CatalogEvidence, hints: Hints, relation: Relation) -> Kinds | None:
    """Return how rows of a relation hang on rows of others, if a word in them says on which.

    A closed list has the words, of which two at least are names of relations, in the singular or plural.
    Where there is none, code compares the number with the keys of two relations at least.
    """
    referring = {name for key in relation.foreign_keys for name in key.columns}
    for column in relation.columns:
        words = closed(relation, column) if column.name not in referring else ()
        named = {word: one for word in words if (one := table_called(catalog, relation, word))}
        if len({one.name for one in named.values()}) < _SEVERAL:
            continue
        for number in _numbers(relation, column, [*named.values()], hints):
            return _kinds(column, number, named)
    return next(_open(catalog, relation, referring), None)


def _kinds(column: Column, number: Column, named: Mapping[str, Relation]) -> Kinds:
    ways = ((word, ForeignKey((number.name,), one.name, one.primary_key)) for word, one in named.items())
    return Kinds(column.name, tuple(ways))


def _open(catalog: CatalogEvidence, relation: Relation, referring: Collection[str]) -> Iterator[Kinds]:
    """Yield how rows hang on others where any word may say on which, as code does or as these are called."""
    open_ = [c for c in relation.columns if c.is_text and c.name not in referring and not closed(relation, c)]
    for number, others in _met(catalog, relation).items() if open_ else ():
        own = relation.column(number)
        if own is None or number in {*referring, *relation.primary_key} or not _are_several(others):
            continue
        for column in open_:
            said = _words(catalog, relation, column)
            named = ((word, table_called(catalog, relation, word)) for word in reversed(said))
            words = {one.name: word for word, one in named if one in others}
            together = words and _common(number, column.name) >= _LEAST
            if column is not own and (together or _KIND.search(snake_case(column.name))):
                yield _kinds(column, own, {words.get(one.name, one.table): one for one in others})


def _words(catalog: CatalogEvidence, relation: Relation, column: Column) -> tuple[str, ...]:
    """Return what texts say that name a column, and functions that policies of its relation call."""
    texts = texts_of(catalog)
    called = texts.called(policy.using for policy in relation.shown_by)
    beyond = (text for function in called for text in strings(function.body))
    return (*texts.literals_about(relation.name, column.name), *beyond)


def _are_several(relations: Iterable[Relation]) -> bool:
    """Whether rows of each have numbers of their own: what is put aside in another keeps its own."""
    letters = sorted(_letters(one.table) for one in relations)
    return len(letters) >= _SEVERAL and not any(one in other for one, other in permutations(letters, 2))


def _met(catalog: CatalogEvidence, relation: Relation) -> dict[str, list[Relation]]:
    """Return by column of a relation the others with whose keys of one column code compares it."""
    found: dict[str, list[Relation]] = defaultdict(list)
    texts, using = texts_of(catalog), [policy.using for policy in relation.shown_by]
    given = ((f, text) for text in using for f in texts.called([text]) if f.arguments)
    asked = (place for function, text in given for place in passed(catalog, texts, text, function))
    for column, place in (*_pairs(catalog).get(relation.name, ()), *asked):
        one = catalog.relation(place[0])
        if one and one is not relation and one.kind in TABLE_KINDS and one.primary_key == (place[1],):
            found[column] += [one] if one not in found[column] else []
    return found


@lru_cache(maxsize=4)
def _pairs(catalog: CatalogEvidence) -> dict[str, list[tuple[str, tuple[str, str]]]]:
    """Return by relation its columns that code compares with others, with these."""
    found = defaultdict(list)
    for (name, column), place in sorted(hints_of(catalog).pairs):
        found[name].append((column, place))
    return found


def closed(relation: Relation, column: Column) -> tuple[str, ...]:
    """Return the words of a closed list: labels of an enum, or strings of the CHECKs of a column alone."""
    if column.kind == "e":
        return column.labels
    said = [check.definition for check in relation.checks if check.columns == (column.name,)]
    return tuple(dict.fromkeys(text for check in said for text in strings(check)))


def table_called(catalog: CatalogEvidence, relation: Relation, word: str) -> Relation | None:
    """Return the table with a key of one column that a word names."""
    letters = _letters(word.rpartition(".")[2])
    found = (
        one
        for called, one in _by_beginning(catalog).get(letters[:_LEAST], ())
        if one is not relation and alike(letters, called)
    )
    return min(found, key=lambda one: (one.schema != relation.schema, one.table != word), default=None)


@lru_cache(maxsize=4)
def _by_beginning(catalog: CatalogEvidence) -> dict[str, list[tuple[str, Relation]]]:
    """Return the letters of tables with a key of one column, by the first: what is alike begins alike."""
    found = defaultdict(list)
    for one in catalog.relations:
        if one.kind in TABLE_KINDS and len(one.primary_key) == 1:
            letters = _letters(one.table)
            found[letters[:_LEAST]].append((letters, one))
    return found


def _letters(name: str) -> str:
    return underscored(name).lower().replace("_", "").replace("-", "")


def alike(word: str, table: str) -> bool:
    """Whether both are the same but for the ending of a plural."""
    common = _common(word, table)
    return word == table or (common >= _LEAST and max(len(word), len(table)) - common <= _ENDING)


def _common(one: str, other: str) -> int:
    """Return how many letters both begin with."""
    return sum(1 for _ in takewhile(bool, map(eq, one, other)))


def _numbers(relation: Relation, column: Column, named: Iterable[Relation], hints: Hints) -> Iterator[Column]:
    """Yield the columns that may hold the number: compared with such a one, or called like the kind."""
    keys = [(one, key) for one in named if (key := one.column(one.primary_key[0]))]
    referring = {name for key in relation.foreign_keys for name in key.columns}
    referring |= {*relation.primary_key} if len(relation.primary_key) == 1 else set()
    for other in relation.columns:
        if other is column or other.name in referring or not all(_holds(other, key) for _, key in keys):
            continue
        compared = any(
            ((relation.name, other.name), (one.name, key.name)) in hints.pairs for one, key in keys
        )
        if compared or _common(other.name, column.name) >= _LEAST:
            yield other


def _holds(column: Column, key: Column) -> bool:
    return (
        column.type == key.type
        or column.is_text
        or bool(_NUMBER.match(column.type) and _NUMBER.match(key.type))
    )
