"""Writes out calls of functions that are told by name what of a request they read.

``get_my_claim('tenant_id')`` reads what ``auth.jwt() -> 'app_metadata' ->> 'tenant_id'`` does, and who
looks for claims in texts finds none in the first.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.judges.lexis import last_name, plain, word

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation

_EXPRESSION = re.compile(
    r"^\s*(?:begin\s+)?(?:select|return)\s+(?P<said>(?:(?!\b(?:from|into|where|query)\b)[^;])+?)\s*;?\s*(?:end\s*;?\s*)?$",
    re.IGNORECASE,
)
"""A body that only returns what an expression comes to."""

_READS = re.compile(r"(->>?|current_setting\s*\()", re.IGNORECASE)
_TEXT = r"'(?:[^']|'')*'"
_JOINED = re.compile(r"'((?:[^']|'')*)'(?:::text)?\s*\|\|\s*'((?:[^']|'')*)'(?:::text)?")
_MARK = "\x00"
_TEXTS = frozenset({"text", "character varying", "name"})


def inlined(catalog: CatalogEvidence) -> CatalogEvidence:
    """Return a catalog in which such calls stand written out, in policies, views, defaults and bodies."""
    accessors = dict(_accessors(catalog))
    if not accessors:
        return catalog
    named = "|".join(map(re.escape, accessors))
    calls = re.compile(rf"(?:\b\w+\.)?\b(?P<name>{named})\s*\(\s*(?P<text>{_TEXT})(?:::text)?\s*\)")

    def out(text: str) -> str:
        return calls.sub(lambda found: _written(accessors[found["name"]], found["text"]), text)

    return replace(
        catalog,
        relations=tuple(_with(relation, out) for relation in catalog.relations),
        functions=tuple(replace(one, body=out(one.body)) for one in catalog.functions),
    )


def _accessors(catalog: CatalogEvidence) -> Iterator[tuple[str, str]]:
    """Yield functions of one text, each with what it comes to, and a mark in place of the text."""
    for function in catalog.functions:
        found = _EXPRESSION.match(plain(function.body))
        if found is None or len(function.arguments) != 1 or function.arguments[0].type not in _TEXTS:
            continue
        argument = function.arguments[0].name
        called = rf"(?:\w+\.)?{re.escape(word(argument))}\b|\$1\b" if argument else r"\$1\b"
        marks = re.compile(rf"(?P<text>{_TEXT})|(?<![\w.]){called}", re.IGNORECASE)
        said = marks.sub(lambda one: one["text"] or _MARK, found["said"])
        if _MARK in said and _READS.search(said):
            yield last_name(function.name), said


def _written(accessor: str, text: str) -> str:
    said = accessor.replace(_MARK, text)
    while (joined := _JOINED.sub(lambda one: f"'{one[1]}{one[2]}'", said)) != said:
        said = joined
    return f"({said})"


def _with(relation: Relation, out: Callable[[str], str]) -> Relation:
    return replace(
        relation,
        view=out(relation.view),
        columns=tuple(replace(one, default=out(one.default)) for one in relation.columns),
        policies=tuple(replace(p, using=out(p.using), check=out(p.check)) for p in relation.policies),
        triggers=tuple(replace(one, body=out(one.body)) for one in relation.triggers),
    )
