"""Lists that functions ask before they go on, with an argument: whoever is on it there is let in.

What a function with its owner's rights asks for stands in no policy, and decides all the same.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.lexis import last_name, plain, unsaid, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function
    from pytest_readiness.judges.owners.callers import Hints
    from pytest_readiness.judges.sql.texts import Texts

_SOON = 4
"""Statements after which one asks for what was looked up, at most."""

Place = tuple[str, str]
"""A relation and its column."""

_COLUMN = r"(?:(?:\w+\.)?(?P<of>\w+)\.)?(?P<column>\w+)"
_GOES = r"\bthen\s+(?:raise|return)\b"
_REFUSES = re.compile(rf"\bif\s+not\s*\(*\s*[\w.]+\s*\(.*{_GOES}", re.IGNORECASE | re.DOTALL)
_ASKS = re.compile(r"\b(?:where|and)\s+\(*(?!not\b)[\w.]+\s*\(|\bin\s*\(\s*select\b", re.IGNORECASE)
_RAISES = re.compile(r"\braise\b", re.IGNORECASE)
_NOTHING = r"(?:is\s+null|<>|!=|is\s+distinct|not\s+in)"
_PASSED = re.compile(r"\bexecute\b.*\busing\b([^']*)$", re.IGNORECASE | re.DOTALL)
_CAST = r"(?:::\w+)?"
_LOOKS = re.compile(
    r"\bperform\b|\binto\s+(?:strict\s+)?(?P<into>\w+)|\b(?P<set>\w+)(?:\s+[\w.%]+)?\s*:=\s*\(?\s*(?:select|exists)",
    re.IGNORECASE,
)
"""What looks something up for a later statement to ask about."""


def admitting(
    catalog: CatalogEvidence, texts: Texts, hints: Hints, users: Mapping[str, tuple[str, ...]]
) -> frozenset[tuple[Place, Place]]:
    """Return the columns of lists by which functions let callers in, each with a column of what is let at.

    Both are compared with the same argument; a list names the caller beside it.

    Args:
        catalog: The functions.
        texts: Of the same catalog.
        hints: Of the same catalog.
        users: By relation, the columns that hold a user's key.
    """
    listing = {
        relation
        for relation, names in users.items()
        if any(hints.callers.get((relation, name)) is Who.USER for name in names)
    }
    reader = _Reader(catalog, texts, listing)
    return frozenset(
        found
        for function in catalog.functions
        if function.definer and function.arguments and listing & texts.function_reach(function)
        for found in reader.of(function)
    )


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads functions.

    Attributes:
        listing: Relations whose rows name a user that is compared with the caller.
    """

    catalog: CatalogEvidence
    texts: Texts
    listing: set[str]

    def of(self, function: Function) -> Iterator[tuple[Place, Place]]:
        """Yield the columns of lists that a function asks, each with one of what it lets at."""
        statements = [*_statements(plain(function.body))]
        for number, argument in enumerate(function.arguments, 1):
            found = [{*self._places(one, argument.name, number)} for one in statements]
            every = {place for places in found for place in places}
            for at, places in enumerate(found):
                lists = [place for place in places if place[0] in self.listing]
                after = statements[at + 1 : at + _SOON]
                if lists and (self._is_kept(statements[at]) or _lets_in(statements[at], after)):
                    yield from ((one, other) for one in lists for other in every if other[0] != one[0])

    def _places(self, text: str, name: str, number: int) -> Iterator[Place]:
        """Yield the columns that a statement compares with an argument; one that is built has it by USING."""
        passed = _PASSED.search(text)
        said = text if passed else unsaid(text)
        numbers = [*_passed(passed[1], name)] if passed else [number]
        ways = [rf"\${at}" for at in numbers] + ([rf"(?:\w+\.)?{word(name)}"] if name else [])
        given = rf"(?:{'|'.join(ways) or '(?!)'})(?:\s*\[[^\]]*\])?"
        left = rf"(?<![\w.]){_COLUMN}{_CAST}\s*=\s*(?:any\s*\(\s*)?{given}(?!\w)"
        right = rf"(?<![\w.$]){given}{_CAST}\s*=\s*{_COLUMN}"
        either = [m for pattern in (left, right) for m in re.finditer(pattern, said, re.IGNORECASE)]
        names = Names(self.catalog, self.texts, None, said) if either else None
        for found in either if names else ():
            yield from names.places(found["of"], found["column"]) if names else ()
        if name and not passed:
            yield from self._asked_by_helpers(said, name)

    def _is_kept(self, text: str) -> bool:
        """Whether a statement calls a function that only ever refuses."""
        helpers = self.texts.named_functions([unsaid(text)])
        return any(one.returns == "void" and _RAISES.search(one.body) for one in helpers)

    def _asked_by_helpers(self, said: str, name: str) -> Iterator[Place]:
        """Yield the columns that functions which say yes or no compare with what they are given there."""
        for helper in self.texts.named_functions([said]):
            if helper.returns not in {"boolean", "void"}:
                continue
            call = re.search(rf"(?<!\w){word(last_name(helper.name))}\s*\(([^()]*)\)", said, re.IGNORECASE)
            for at in _passed(call[1], name) if call else ():
                if at <= len(helper.arguments):
                    yield from self._places(plain(helper.body), helper.arguments[at - 1].name, at)


def _passed(given: str, name: str) -> Iterator[int]:
    """Yield the numbers under which an argument is passed on."""
    for at, one in enumerate(given.split(","), 1):
        if name and one.strip().rpartition(".")[2].lower() == word(name):
            yield at


def _statements(body: str) -> Iterator[str]:
    """Yield the statements of a body: what is in its strings ends none."""
    begun = 0
    for found in re.finditer(";|$", unsaid(body)):
        yield body[begun : found.start()]
        begun = found.end()


def _lets_in(text: str, following: Iterable[str]) -> bool:
    """Whether a function goes on only where a statement finds something: by itself or in the next one."""
    said = unsaid(text)
    if _REFUSES.search(said) or _ASKS.search(said):
        return True
    looks = _LOOKS.search(said)
    if not looks:
        return False
    variable = looks["into"] or looks["set"] or "found"
    empty = rf"\bnot\s+(?:coalesce\s*\(\s*)?(?:{variable}|found)\b|\b{variable}\b[^;]*?{_NOTHING}"
    refused = re.compile(rf"^\s*(?:begin\s+)?if\b.*(?:{empty}).*{_GOES}", re.IGNORECASE | re.DOTALL)
    return any(refused.search(unsaid(one)) for one in following)
