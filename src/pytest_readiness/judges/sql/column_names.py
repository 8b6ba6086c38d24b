"""Which columns the names in a text stand for, by the relations that its queries read."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.judges.sql.texts import Texts

_SOURCE = re.compile(
    r"\b(?:from|join|update|into|using)\s+\(*((?:\w+\.)?\w+)(?:\s+(?:as\s+)?(?!on\b|from\b|where\b|set\b|join\b|left\b|"
    r"right\b|inner\b|cross\b|group\b|order\b|using\b|limit\b|union\b|returning\b|values\b)(\w+))?",
    re.IGNORECASE,
)
_SUBQUERY = re.compile(r"\(\s*(?:select|with)\b", re.IGNORECASE)


@lru_cache(maxsize=4096)
def query_at(text: str, at: int) -> range:
    """Return where the query begins and ends in which something stands: the text, or a subquery of it."""
    depth, start = 0, at
    while start > 0:
        start -= 1
        depth += (text[start] == ")") - (text[start] == "(")
        if depth < 0:
            depth = 0
            if _SUBQUERY.match(text, start):
                break
    else:
        return range(len(text))
    end, depth = start, 0
    while end < len(text):
        depth += (text[end] == "(") - (text[end] == ")")
        end += 1
        if not depth:
            break
    return range(start, end)


class Names:
    """Resolves column names of one text."""

    def __init__(self, catalog: CatalogEvidence, texts: Texts, scope: Relation | None, text: str) -> None:
        self.sources: dict[str, list[tuple[range, Relation]]] = defaultdict(list)
        self.bare: list[Relation] = [scope] if scope else []
        self.inner: list[Relation] = []
        for found in _SOURCE.finditer(text):
            source, alias = found.groups()
            for name in texts.named(name_of(source.rpartition(".")[2])):
                relation = catalog.relation(name)
                if relation:
                    for called in {name_of(alias) if alias else relation.table, relation.table}:
                        self.sources[called].append((query_at(text, found.start()), relation))
                    self.inner.append(relation)
        if scope and scope.table not in self.sources:
            self.sources[scope.table].append((range(len(text)), scope))

    def places(self, qualifier: str | None, column: str, at: int | None = None) -> Iterator[tuple[str, str]]:
        """Yield the columns that a name may stand for.

        Args:
            qualifier: What stands before it, if anything does.
            column: As it is spelt.
            at: Where it stands: two subqueries may call different relations alike, and the innermost around
                it is meant. The last one if absent.
        """
        column = name_of(column)
        if qualifier:
            called = self.sources.get(name_of(qualifier), [])
            around = [query for query, _ in called if at in query]
            meant = min(around, key=len) if around else called[-1][0] if called else None
            for relation in (relation for query, relation in called if query == meant):
                if relation.column(column):
                    yield relation.name, column
            return
        for relation in self.bare or self.inner:
            if relation.column(column):
                yield relation.name, column
