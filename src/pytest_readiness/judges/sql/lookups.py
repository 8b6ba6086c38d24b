"""What triggers look up for a new row: which of its columns name rows of other tables, foreign key or not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.comparisons import PAIR
from pytest_readiness.judges.sql.lexis import name_of, plain, strings, word
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation

_SPACE = re.compile(r"\s+")
_CONDITION = re.compile(r"\b(?:and|or|where|then|loop|limit|order by)\b|;", re.IGNORECASE)
"""What stands between conditions."""

_RESEMBLING = re.compile(
    r"\b(?:i?like|similar to|right|left|position|strpos|starts_with|substr|substring|reverse)\b|~",
    re.IGNORECASE,
)
_WILD = re.compile(r"[\w%]")
_NEW_ROW = "new"


@dataclass(frozen=True, slots=True)
class Extended:
    """A text of a row's own, and one of other rows that a trigger finds by it.

    Attributes:
        own: The column of the row.
        relation: In which the others are.
        column: Of theirs.
        marks: What may stand between the text and what follows it there, such as the slash of a path.
    """

    own: str
    relation: str
    column: str
    marks: tuple[str, ...]


def looked_up(
    catalog: CatalogEvidence, relation: Relation, event: str = "INSERT"
) -> tuple[tuple[str, str, str], ...]:
    """Return columns of a new row with the relation and the column that a trigger compares each with."""
    found = (place for text in _acting(relation, event) for place in _compared(catalog, relation, text))
    return tuple(dict.fromkeys(found))


def looked_at(catalog: CatalogEvidence, relation: Relation) -> tuple[str, ...]:
    """Return the tables that triggers of a relation name and that hang on what it hangs on itself."""
    texts = texts_of(catalog)
    parents = {key.target for key in relation.foreign_keys}
    said = {name for text in _acting(relation) for name in texts.mentioned(text)} - {relation.name} - parents
    known = (other for name in sorted(said) if (other := catalog.relation(name)))
    return tuple(
        other.name
        for other in known
        if other.kind in TABLE_KINDS and parents & {key.target for key in other.foreign_keys}
    )


def resembled(relation: Relation) -> dict[str, tuple[str, ...]]:
    """Return columns by which triggers find rows whose text a new row's begins or ends with.

    Each has the marks that stand between the two, such as the dot before a domain.
    """
    found: dict[str, tuple[str, ...]] = {}
    for condition in (part for text in _acting(relation) for part in _CONDITION.split(text)):
        for column in relation.columns if _RESEMBLING.search(condition) else ():
            own = rf"(?<!\w){_NEW_ROW}\s*\.\s*{word(column.name)}(?!\w)"
            other = rf"(?<!\w)(?!(?:new|old)\b)\w+\s*\.\s*{word(column.name)}(?!\w)"
            if column.is_text and all(re.search(one, condition, re.IGNORECASE) for one in (own, other)):
                marks = (_WILD.sub("", said) for said in strings(condition))
                found[column.name] = tuple(dict.fromkeys((*filter(None, marks), *found.get(column.name, ()))))
    return found


def extended(catalog: CatalogEvidence, relation: Relation, event: str) -> tuple[Extended, ...]:
    """Return texts of a row that goes or is changed, with those of rows that triggers find by them."""
    texts = texts_of(catalog)
    found: list[Extended] = []
    for text in _acting(relation, event):
        near = sorted({*texts.mentioned(text), relation.name})
        others = [other for name in near if (other := catalog.relation(name)) and other.kind in TABLE_KINDS]
        for part in filter(_RESEMBLING.search, _CONDITION.split(text)):
            marks = tuple(dict.fromkeys(filter(None, (_WILD.sub("", one) for one in strings(part)))))
            own = [
                c.name
                for c in relation.columns
                if c.is_text and _named(part, c.name, r"\b(?:old|new)\s*\.\s*")
            ]
            found += [
                Extended(name, other.name, column.name, marks)
                for name in own
                for other in others
                for column in other.columns
                if column.is_text
                and _named(part, column.name, r"(?<![\w.])(?:(?!(?:old|new)\b)\w+\s*\.\s*)?")
            ]
    return tuple(dict.fromkeys(found))


def _named(text: str, column: str, before: str) -> bool:
    return bool(re.search(rf"{before}{word(column)}(?!\w)", text, re.IGNORECASE))


def _acting(relation: Relation, event: str = "INSERT") -> Iterator[str]:
    """Yield what runs for a new row, or one that is changed."""
    for trigger in relation.triggers:
        if trigger.enabled != "D" and event in trigger.events:
            yield _SPACE.sub(" ", plain(trigger.body))


def _compared(catalog: CatalogEvidence, relation: Relation, text: str) -> Iterator[tuple[str, str, str]]:
    names = Names(catalog, texts_of(catalog), None, text)
    for found in PAIR.finditer(text):
        sides = [(found["left_of"], found["left"]), (found["right_of"], found["right"])]
        for (own_of, own), (other_of, other) in (sides, sides[::-1]):
            if (own_of or "").lower() != _NEW_ROW or not relation.column(name_of(own)):
                continue
            for place in names.places(other_of, other):
                if place[0] != relation.name:
                    yield name_of(own), *place
