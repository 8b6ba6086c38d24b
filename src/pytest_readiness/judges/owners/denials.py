"""What is asked not to be there: rows, and words in them, by which somebody is kept out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.folders import closing
from pytest_readiness.judges.sql.lexis import names, plain, strings, unsaid, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.judges.sql.texts import Texts

_ABSENT = re.compile(
    r"\bnot\b[\s(]*exists\s*(?=\()|\bnot\s+in\s*(?=\()|<>\s*all\s*(?=\()|\bnot\s*\([^()]*\bin\s*(?=\()",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"\b(?:els?e?if|if|then|begin|return|where|on|select|using)\b|;", re.IGNORECASE)
_UNLIKE = re.compile(r"(?:<>|!=)\s*(?=')")


def denied(texts: Texts, relation: Relation) -> frozenset[str] | None:
    """Return the words that rows of a relation must not have; None where there must be no row at all.

    A guard asks for a row as well: if there is none, it raises an error.
    """
    found: set[str] = set()
    fills = re.compile(rf"\binsert\s+into\s+(?:\w+\.)?{re.escape(word(relation.table))}\b", re.IGNORECASE)
    for text in map(plain, texts.all()):
        if relation.table not in names(text) or fills.search(text):
            continue  # what is put in once is asked for before
        for inside in _absent(text):
            asks = relation.table in names(inside)
            if asks and not strings(inside):
                return None
            if asks or not re.search(r"\bselect\b", inside, re.IGNORECASE):
                found |= {*strings(inside)}
        blank = unsaid(text)
        found |= {said for one in _UNLIKE.finditer(blank) for said in strings(text[one.end() :])[:1]}
    return frozenset(found)


def _absent(text: str) -> Iterator[str]:
    """Yield what stands in parentheses of which nothing may be found."""
    blank = unsaid(text)
    for one in _ABSENT.finditer(blank):
        clauses = [clause[0].lower() for clause in _CLAUSE.finditer(blank, 0, one.start())]
        if not (clauses and clauses[-1].endswith("if")):
            yield text[one.end() : closing(text, one.end())]
