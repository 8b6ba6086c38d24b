"""References that are a kind and a number: which relation a row hangs on is said by a word in it."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from itertools import takewhile
from operator import eq
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS, ForeignKey
from pytest_readiness.evidence.ownership import Kinds
from pytest_readiness.judges.sql.lexis import strings, underscored

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.judges.owners.callers import Hints

_NUMBER = re.compile(r"^(smallint|integer|bigint)$")
_LEAST = 3
"""Letters that a word and what it names have in common, and a kind with its number."""

_ENDING = 2
"""Letters that a plural may have at its end instead of those of the singular."""

_SEVERAL = 2


def kinds(catalog: CatalogEvidence, hints: Hints, relation: Relation) -> Kinds | None:
    """Return how rows of a relation hang on rows of others, if a word in them says on which.

    A closed list has the words, of which two at least are names of relations, in the singular or plural.
    """
    referring = {name for key in relation.foreign_keys for name in key.columns}
    for column in relation.columns:
        words = _closed(relation, column) if column.name not in referring else ()
        named = {word: one for word in words if (one := _named(catalog, relation, word))}
        if len({one.name for one in named.values()}) < _SEVERAL:
            continue
        for number in _numbers(relation, column, [*named.values()], hints):
            ways = (
                (word, ForeignKey((number.name,), one.name, one.primary_key)) for word, one in named.items()
            )
            return Kinds(column.name, tuple(ways))
    return None


def _closed(relation: Relation, column: Column) -> tuple[str, ...]:
    if column.kind == "e":
        return column.labels
    said = [check.definition for check in relation.checks if check.columns == (column.name,)]
    return tuple(dict.fromkeys(text for check in said for text in strings(check)))


def _named(catalog: CatalogEvidence, relation: Relation, word: str) -> Relation | None:
    """Return the table with a key of one column that a word names."""
    letters = _letters(word.rpartition(".")[2])
    found = (
        one
        for called, one in _by_beginning(catalog).get(letters[:_LEAST], ())
        if one is not relation and _alike(letters, called)
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


def _alike(word: str, table: str) -> bool:
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
