"""Writes out calls of functions that are told by name what of a request they read.

``get_my_claim('tenant_id')`` reads what ``auth.jwt() -> 'app_metadata' ->> 'tenant_id'`` does, and who
looks for claims in texts finds none in the first.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, plain, unsaid, word

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Relation

_RETURNS = re.compile(r"(?:begin )?(?:select|return) (?P<said>.+)", re.IGNORECASE)
_END = re.compile(r" ?;?(?: ?end)? ?;?$", re.IGNORECASE)
_CAUGHT = re.compile(r" ?; ?exception (?:when [\w ]+ then return null ?; ?)+end ?;?$", re.IGNORECASE)
"""What ends a body that makes nothing of what it cannot cast."""

_MORE = re.compile(r";|\b(?:from|into|where|query)\b", re.IGNORECASE)
"""What a body has that only returns what an expression comes to, how it ends, and what it has not."""

_SETTING = re.compile(r"\bcurrent_setting\s*\((?:[^()]|\([^()]*\))*\)", re.IGNORECASE)
_DOES = re.compile(
    r"\b(?:from|insert|update|delete|merge|perform|execute|call|loop|set_config)\b", re.IGNORECASE
)
"""What a longer body does beside asking for a setting."""

_DEEP = 2
"""How many functions that pass on what they are given stand one above the other."""

_SPACE = re.compile(r"\s+")
_READS = re.compile(r"(->>?|current_setting\s*\()", re.IGNORECASE)
_TEXT = r"'(?:[^']|'')*'"
_JOINED = re.compile(r"'((?:[^']|'')*)'(?:::text)?\s*\|\|\s*'((?:[^']|'')*)'(?:::text)?")
_MARK = "\x00"
_TEXTS = frozenset({"text", "character varying", "name"})


@dataclass(frozen=True, slots=True)
class Helper:
    """What a function is called, and what it does with a text that it is given.

    Attributes:
        argument: Its one argument, by its name or ``$1``; empty where it has others, or none of text.
    """

    name: str
    argument: str
    returns: str
    body: str


def inlined(catalog: CatalogEvidence) -> CatalogEvidence:
    """Return a catalog in which such calls stand written out, in policies, views, defaults and bodies."""
    out = writer(map(_helper, catalog.functions))
    if out is None:
        return catalog
    return replace(
        catalog,
        relations=tuple(_with(relation, out) for relation in catalog.relations),
        functions=tuple(replace(one, body=out(one.body)) for one in catalog.functions),
        read=catalog,
    )


def writer(helpers: Iterable[Helper]) -> Callable[[str], str] | None:
    """Return what writes out the calls in a text; None where no function is one that is told by name."""
    accessors = _accessors([*helpers])
    if not accessors:
        return None
    return partial(_calls(accessors, f"{_TEXT}(?:::text)?").sub, partial(_out, accessors))


def argument_of(arguments: Sequence[tuple[str, str]]) -> str:
    """Return what a function calls the one text that it is given; empty where it takes anything else.

    Args:
        arguments: Name and type of each.
    """
    if len(arguments) != 1 or arguments[0][1] not in _TEXTS:
        return ""
    return arguments[0][0] or "$1"


def _helper(function: Function) -> Helper:
    argument = argument_of([(one.name, one.type) for one in function.arguments])
    return Helper(function.name, argument, function.returns, function.body)


def _calls(accessors: Collection[str], given: str) -> re.Pattern[str]:
    last = "|".join(sorted({re.escape(last_name(name)) for name in accessors}))
    return re.compile(
        rf"(?<![\w.])(?P<name>(?:\w+\.)?(?:{last}))\s*\(\s*(?P<text>{given})\s*\)", re.IGNORECASE
    )


def _out(accessors: Mapping[str, str], found: re.Match[str]) -> str:
    accessor = accessors.get(found["name"])
    return _written(accessor, found["text"].removesuffix("::text")) if accessor else found[0]


def _accessors(helpers: Sequence[Helper]) -> dict[str, str]:
    """Return what functions of one text come to, with a mark in its place, by their names.

    Those that no other function has without its schema stand under that name as well. Some pass what they
    are given on to others.
    """
    came = [(one, said) for one in helpers if (said := _accessor(one))]
    found = _named(helpers, [(one, said) for one, said in came if _READS.search(said)])
    for _ in range(_DEEP if found else 0):
        passing = _calls(found, rf"(?:{_TEXT}(?:::text)?\s*\|\|\s*)?{_MARK}(?:::text)?")
        more = [(one, passing.sub(partial(_out, found), said)) for one, said in came]
        found |= _named(helpers, [(one, said) for one, said in more if _READS.search(said)])
    return found


def _named(helpers: Sequence[Helper], came: Iterable[tuple[Helper, str]]) -> dict[str, str]:
    """Return what functions come to by all names under which they are called and no other is."""
    named = Counter(last_name(one.name) for one in helpers)
    whole = Counter(one.name for one in helpers)
    found: dict[str, str] = {}
    for one, said in came:
        if named[last_name(one.name)] == 1:
            found |= {one.name: said, last_name(one.name): said}
        elif whole[one.name] == 1:
            # An overload has the same name: which of them is called, its name does not tell.
            found[one.name] = said
    return found


def _accessor(helper: Helper) -> str:
    if not helper.argument:
        return ""
    body = _SPACE.sub(" ", plain(helper.body)).strip()
    whole = _RETURNS.fullmatch(_END.sub("", _CAUGHT.sub("", body)))
    expression = whole["said"] if whole and not _MORE.search(whole["said"]) else _asked(body)
    argument = word(helper.argument) if helper.argument != "$1" else ""
    called = rf"(?:\w+\.)?{re.escape(argument)}\b|\$1\b" if argument else r"\$1\b"
    marks = re.compile(rf"(?P<text>{_TEXT})|(?<![\w.]){called}", re.IGNORECASE)
    said = marks.sub(lambda one: one["text"] or _MARK, expression)
    return f"({said})::{helper.returns}" if _MARK in said else ""


def _asked(body: str) -> str:
    """Return the one setting that code asks which does more with it, and looks at nothing else; or nothing.

    What it makes of a text that is empty, or that it cannot cast, says nothing of which setting it is.
    """
    found = _SETTING.findall(body)
    return found[0] if len(found) == 1 and not _DOES.search(unsaid(body)) else ""


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
