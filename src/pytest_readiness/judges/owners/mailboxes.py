"""Columns that hold addresses of people, and domains that code compares with the ends of those.

The caller's own address is no column: who is told by it is found with the rest of what names a caller.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.equated import closing, equated, uncast
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.lexis import STRING, last_name, word
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation
    from pytest_readiness.judges.owners.equated import Place
    from pytest_readiness.judges.sql.texts import Texts

_APART = re.compile(r"\b(?:split_part|substring|substr|regexp_(?:replace|substr|match))\s*\(", re.IGNORECASE)
_AT = re.compile(r"'[^']*@")
_CALLERS = re.compile(r"auth\.(?:email|jwt)\(\)|current_setting\s*\(", re.IGNORECASE)
_NAME = re.compile(
    r"(?<![\w.$])(?:(?:\w+\.)?(?P<of>\w+)\.)?(?P<name>\$?\w+)(?![\w(.]|\s+from\b)", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """What code takes apart at the sign in the middle, and what it compares the end with."""

    addresses: frozenset[Place] = frozenset()
    domains: frozenset[Place] = frozenset()


@lru_cache(maxsize=4)
def mailboxes_of(catalog: CatalogEvidence) -> Mailboxes:
    """Read all policies, views and function bodies of a catalog once."""
    reader = _Reader(catalog, texts_of(catalog))
    for relation in catalog.relations:
        for policy in relation.policies:
            for text in (policy.using, policy.check):
                reader.read(text, relation, None)
        reader.read(relation.view, None, None)
    for function in catalog.functions:
        reader.read(function.body, None, function)
    return Mailboxes(frozenset({*reader.addresses, *reader.given()}), frozenset(reader.domains))


class _Reader:
    def __init__(self, catalog: CatalogEvidence, texts: Texts) -> None:
        self.catalog = catalog
        self.texts = texts
        self.addresses: set[Place] = set()
        self.domains: set[Place] = set()
        self._arguments: dict[str, set[int]] = {}

    def read(self, text: str, scope: Relation | None, function: Function | None) -> None:
        """Note what a text takes apart."""
        if "@" not in text:
            return
        said = uncast(text)
        names = Names(self.catalog, self.texts, scope, said)
        for opened in _APART.finditer(said):
            end = closing(said, opened.end())
            inside = said[opened.end() : end]
            if not _AT.search(inside) or _CALLERS.search(inside):
                continue
            for found in _NAME.finditer(STRING.sub("", inside)):
                self.addresses |= {*names.places(found["of"], found["name"])}
                self._note(function, found["name"])
            self.domains |= {*equated(names, said, opened.start(), end)}

    def given(self) -> Iterator[Place]:
        """Yield the columns that policies give to functions which take them apart."""
        for relation in self.catalog.relations:
            said = " ".join(f"{p.using} {p.check}" for p in relation.policies) if self._arguments else ""
            for name, places in self._arguments.items():
                pattern = rf"(?<!\w){word(name)}\s*\(([^()]*)\)"
                for call in re.finditer(pattern, uncast(said), re.IGNORECASE):
                    given = [one.strip().rpartition(".")[2] for one in call[1].split(",")]
                    named = (given[at] for at in places if at < len(given))
                    yield from ((relation.name, one) for one in named if relation.column(one))

    def _note(self, function: Function | None, name: str) -> None:
        for at, argument in enumerate(function.arguments if function else ()):
            if function and name.lower() in {argument.name, f"${at + 1}"}:
                self._arguments.setdefault(last_name(function.name), set()).add(at)
