"""Ranks that are words and are compared by order: the server goes by the alphabet."""

from __future__ import annotations

import operator
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.lexis import plain, strings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.judges.sql.texts import Texts

_ORDERS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_TURNED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COLUMN = r"(?<![\w.'])(?:(?:\w+\.)?(?P<of>\w+)\.)?(?P<column>\w+)"
_CAST = r"\)*(?:::[a-z ]+(?:\(\d+\))?)?\)*"
_ORDER = r"(?P<order>[<>]=?)"
_WORD = r"'(?P<word>[^\W\d](?:[^']|'')*)'"
_COMPARED = (
    re.compile(rf"{_COLUMN}{_CAST}\s*{_ORDER}\s*\(*{_WORD}", re.IGNORECASE),
    re.compile(rf"{_WORD}{_CAST}\s*{_ORDER}\s*\(*{_COLUMN}(?![\w.(])", re.IGNORECASE),
)


@dataclass(frozen=True, slots=True)
class Ranked:
    """A comparison of a rank by the alphabet.

    Attributes:
        relation: That says who has which rank.
        column: That holds it.
        said: The comparison, for people.
        ranks: In the order in which they are declared.
        admitted: Those of which the comparison is true.
        word: That they are compared with.
    """

    relation: str
    column: str
    said: str
    ranks: tuple[str, ...]
    admitted: frozenset[str]
    word: str

    def is_threshold(self, those: frozenset[str]) -> bool:
        """Whether ranks are all from one on, or all up to it, as they are declared."""
        place, itself = self.ranks.index(self.word), self.word in those
        below, above = self.ranks[: place + itself], self.ranks[place + (not itself) :]
        return those in ({*below}, {*above})

    def leads_astray(self, may: frozenset[str], without: frozenset[str]) -> bool:
        """Whether ranks that lie apart as they are declared may do something by the comparison.

        Args:
            may: The ranks that may do it.
            without: Those of them that may without what compares. With what they may as well it can make a
                whole: the highest by one policy, those below by another.
        """
        own, many = may - without, len(may)
        whole = bool(may & without) and may in ({*self.ranks[:many]}, {*self.ranks[-many:]})
        return bool(own) and not (whole or self.is_threshold(may) or self.is_threshold(own))

    def hangs_on(self, left: frozenset[str], may: frozenset[str], without: frozenset[str]) -> bool:
        """Whether it would be told otherwise of those that may, if the ranks that are left might as well."""
        return self.leads_astray(may, without) != self.leads_astray(may | left, without)


def ranked(catalog: CatalogEvidence, texts: Texts, scope: Relation | None, text: str) -> Iterator[Ranked]:
    """Yield the comparisons of a text that admit ranks which lie apart from one another as they are declared.

    Args:
        catalog: The relations.
        texts: Of the same catalog.
        scope: Whose columns the text names without saying so.
        text: Of a policy or function.
    """
    said = " ".join(plain(text).split())
    if "<" not in said and ">" not in said:
        return
    compared = [(turned, found) for turned, form in enumerate(_COMPARED) for found in form.finditer(said)]
    names = Names(catalog, texts, scope, said) if compared else None
    for turned, found in compared if names else ():
        order = _TURNED[found["order"]] if turned else found["order"]
        word = found["word"].replace("''", "'")
        for name, column in names.places(found["of"], found["column"]) if names else ():
            if one := _ranked(catalog.relation(name), column, order, word):
                yield one


def _ranked(relation: Relation | None, name: str, order: str, word: str) -> Ranked | None:
    column = relation.column(name) if relation else None
    if relation is None or column is None or not column.is_text:
        return None
    ranks = _declared(relation, column)
    admitted = frozenset(rank for rank in ranks if _ORDERS[order](rank, word))
    found = Ranked(relation.name, name, f"{column.quoted} {order} '{word}'", ranks, admitted, word)
    return found if word in ranks and not found.is_threshold(admitted) else None


def _declared(relation: Relation, column: Column) -> tuple[str, ...]:
    said = [check.definition for check in relation.checks if column.name in check.columns]
    return tuple(dict.fromkeys(text for check in said for text in strings(check)))
