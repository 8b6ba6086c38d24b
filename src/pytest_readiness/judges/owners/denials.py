"""What is asked not to be there: rows, and words in them, by which somebody is kept out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.folders import closing
from pytest_readiness.judges.sql.lexis import last_name, names, plain, strings, unsaid, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.judges.sql.texts import Texts

_ABSENT = re.compile(
    r"\bnot\b[\s(]*exists\s*(?=\()|\bnot\s+in\s*(?=\()|<>\s*all\s*(?=\()|\bnot\s*\([^()]*\bin\s*(?=\()",
    re.IGNORECASE,
)
_DENIED = re.compile(r"\bnot\s*\(*\s*([\w.]+)\s*\(", re.IGNORECASE)
_NOT = re.compile(r"\bnot\s*(?=\()", re.IGNORECASE)
_REFUSES = re.compile(r"\b(?:return|then)\s+false\b", re.IGNORECASE)
"""A call whose yes is a no, and what a function says of whom it keeps out."""

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


def denying(texts: Texts, relation: Relation) -> frozenset[str]:
    """Return the relations with policies of which a row may keep readers out, by what asks as themselves."""
    said = [plain(policy.using) for policy in relation.shown_by]
    asking = [one for one in texts.called(said) if not one.definer]
    bodies = [plain(one.body) for one in asking]
    inside = [part for text in (*said, *bodies) for part in (*_absent(text), *_negated(text))]
    inside += [body for body in bodies if _REFUSES.search(unsaid(body))]
    denied_by = {last_name(name) for text in (*said, *bodies) for name in _DENIED.findall(text)}
    inside += [plain(one.body) for one in asking if last_name(one.name) in denied_by]
    found = (texts.catalog.relation(name) for part in inside for name in texts.mentioned(part))
    return frozenset(one.name for one in found if one and one.rls and one is not relation)


def _negated(text: str) -> Iterator[str]:
    """Yield what stands in parentheses after a NOT, as the server writes a list that somebody is not on."""
    for one in _NOT.finditer(unsaid(text)):
        yield text[one.end() : closing(text, one.end())]


def _absent(text: str) -> Iterator[str]:
    """Yield what stands in parentheses of which nothing may be found."""
    blank = unsaid(text)
    for one in _ABSENT.finditer(blank):
        clauses = [clause[0].lower() for clause in _CLAUSE.finditer(blank, 0, one.start())]
        if not (clauses and clauses[-1].endswith("if")):
            yield text[one.end() : closing(text, one.end())]
