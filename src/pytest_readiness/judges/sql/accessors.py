"""Writes out calls of functions that are told by name what of a request they read.

``get_my_claim('tenant_id')`` reads what ``auth.jwt() -> 'app_metadata' ->> 'tenant_id'`` does, and who
looks for claims in texts finds none in the first.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, plain, word

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation

_RETURNS = re.compile(r"(?:begin )?(?:select|return) (?P<said>.+)", re.IGNORECASE)
_END = re.compile(r" ?;?(?: ?end)? ?;?$", re.IGNORECASE)
_MORE = re.compile(r";|\b(?:from|into|where|query)\b", re.IGNORECASE)
"""What a body has that only returns what an expression comes to, how it ends, and what it has not."""

_SPACE = re.compile(r"\s+")
_READS = re.compile(r"(->>?|current_setting\s*\()", re.IGNORECASE)
_TEXT = r"'(?:[^']|'')*'"
_JOINED = re.compile(r"'((?:[^']|'')*)'(?:::text)?\s*\|\|\s*'((?:[^']|'')*)'(?:::text)?")
_MARK = "\x00"
_TEXTS = frozenset({"text", "character varying", "name"})


def inlined(catalog: CatalogEvidence) -> CatalogEvidence:
    """Return a catalog in which such calls stand written out, in policies, views, defaults and bodies."""
    accessors = _accessors(catalog)
    if not accessors:
        return catalog
    last = "|".join(sorted({re.escape(last_name(name)) for name in accessors}))
    calls = re.compile(
        rf"(?<![\w.])(?P<name>(?:\w+\.)?(?:{last}))\s*\(\s*(?P<text>{_TEXT})(?:::text)?\s*\)", re.IGNORECASE
    )

    def written(found: re.Match[str]) -> str:
        accessor = accessors.get(found["name"])
        return _written(accessor, found["text"]) if accessor else found[0]

    def out(text: str) -> str:
        return calls.sub(written, text)

    return replace(
        catalog,
        relations=tuple(_with(relation, out) for relation in catalog.relations),
        functions=tuple(replace(one, body=out(one.body)) for one in catalog.functions),
        read=catalog,
    )


def _accessors(catalog: CatalogEvidence) -> dict[str, str]:
    """Return what functions of one text come to, with a mark in its place, by their names.

    Those that no other function has without its schema stand under that name as well.
    """
    named = Counter(last_name(function.name) for function in catalog.functions)
    found: dict[str, str] = {}
    for function in catalog.functions:
        said = _accessor(function)
        if said and named[last_name(function.name)] == 1:
            found |= {function.name: said, last_name(function.name): said}
        elif said:
            # An overload has the same name: which of them is called, its name does not tell.
            alike = [one for one in catalog.functions if one.name == function.name]
            found |= {function.name: said} if len(alike) == 1 else {}
    return found


def _accessor(function: Function) -> str:
    if len(function.arguments) != 1 or function.arguments[0].type not in _TEXTS:
        return ""
    whole = _RETURNS.fullmatch(_END.sub("", _SPACE.sub(" ", plain(function.body)).strip()))
    if whole is None or _MORE.search(whole["said"]) or not _READS.search(whole["said"]):
        return ""
    argument = function.arguments[0].name
    called = rf"(?:\w+\.)?{re.escape(word(argument))}\b|\$1\b" if argument else r"\$1\b"
    marks = re.compile(rf"(?P<text>{_TEXT})|(?<![\w.]){called}", re.IGNORECASE)
    said = marks.sub(lambda one: one["text"] or _MARK, whole["said"])
    return f"({said})::{function.returns}" if _MARK in said else ""


def _written(accessor: str, text: str) -> str:
    said = accessor.replace(_MARK, text)
    while (joined := _JOINED.sub(lambda one: f"'{one[1]}{one[2]}'", said)) != said:
        said = joined
    return said


def _with(relation: Relation, out: Callable[[str], str]) -> Relation:
    return replace(
        relation,
        view=out(relation.view),
        columns=tuple(replace(one, default=out(one.default)) for one in relation.columns),
        policies=tuple(replace(p, using=out(p.using), check=out(p.check)) for p in relation.policies),
        triggers=tuple(replace(one, body=out(one.body)) for one in relation.triggers),
    )
