"""What a function is called with that would take entries away: times, keys, words and documents."""

from __future__ import annotations

import json
import re
from itertools import islice, product
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.catalog import Argument
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.call_texts import listed
from pytest_readiness.gather.attacks.meanings import compared
from pytest_readiness.gather.trail.diversions import argument_of, is_number
from pytest_readiness.judges.sql.lexis import plain, strings
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Function

_SHORT = 60
_HELD, _SAID = 16, 6
"""How many values of entries, and how many words of a body, stand for an argument."""
_DOCUMENTS = 8
_TIMES = {
    "interval": ("'0 seconds'", "'-1000 years'"),
    "date": ("date 'today' + 365000", "date 'today'"),
    "timestamp with time zone": ("now() + interval '1000 years'", "now()"),
    "timestamp without time zone": ("localtimestamp + interval '1000 years'", "localtimestamp"),
    "boolean": ("true", "false"),
}
_TEXTS = {"text", "character varying", "name"}
_ALIASES = {
    "timestamptz": "timestamp with time zone",
    "timestamp": "timestamp without time zone",
    "int": "integer",
    "int4": "integer",
    "int8": "bigint",
    "bool": "boolean",
    "varchar": "character varying",
}
_KEY = re.compile(r"(?:->>?|\?)\s*'([\w-]+)'(?:\s*\)*\s*::\s*(\w+))?")
_RECORD = re.compile(r"_to_record(?:set)?\s*\([^)]*\)\s*(?:as\s+)?\w*\s*\(([^)]*)\)", re.IGNORECASE)
_FIELD = re.compile(r"(\w+)\s+(\w+)")
_LISTED = re.compile(r"_array_elements|_to_recordset", re.IGNORECASE)


def choices_of(function: Function, entries: Sequence[dict[str, Any]]) -> list[list[str]]:
    """Return the values for each argument: those that take in most of all first, then what entries hold."""
    return [list(dict.fromkeys(_choices(one, entries, function.body))) for one in function.arguments]


def lists_of(function: Function, choices: Sequence[Sequence[str]]) -> Iterator[str]:
    """Yield lists of arguments: first each value of each once, then all that go together.

    What need not be given is given, and left out.
    """
    seen: set[str] = set()
    counts = dict.fromkeys((len(choices), len(choices) - function.defaults))
    each = (values for count in counts for values in side_by_side(choices[:count]))
    every = (values for count in counts for values in product(*choices[:count]))
    for source in (each, every):
        for values in source:
            if (given := listed(function, values)) not in seen:
                seen.add(given)
                yield given


def call_of(function: Function, given: str) -> str:
    """Return the statement that calls a function with a list of arguments."""
    return f"{'call' if function.kind == 'procedure' else 'select'} {function.name}({given})"


def side_by_side(choices: Sequence[Sequence[str]]) -> Iterator[tuple[str, ...]]:
    """Yield combinations in which each value is at least once, the first of all first."""
    for turn in range(max(map(len, choices), default=1)):
        yield tuple(one[turn % len(one)] for one in choices)


def _choices(argument: Argument, entries: Sequence[dict[str, Any]], body: str) -> Iterator[str]:
    kind = argument.declared
    held = dict.fromkeys(value for value in _held(argument, entries, body) if _fits(value, argument))
    if argument.type in _TIMES:
        yield from (f"({told})::{kind}" for told in _TIMES[argument.type])
    elif argument.type.endswith("[]"):
        yield f"array[{', '.join(literal(str(value)) for value in held)}]::{kind}"
    elif is_number(argument):
        yield from (f"{number}::{kind}" for number in ("0", *map(str, islice(held, _HELD)), "1000000"))
    elif argument.kind == "e" and argument.labels:
        yield from (f"{literal(label)}::{kind}" for label in argument.labels[:_HELD])
    elif argument.kind == "c":
        texts = (literal(json.dumps(entry, default=str)) for entry in entries)
        yield from (f"jsonb_populate_record(null::{kind}, {text})" for text in texts)
        yield f"null::{kind}"
    else:
        near, others = _said(argument, body) if argument.type in _TEXTS else ([], [])
        values = (*near[:_SAID], *islice(held, _HELD), *others[:_SAID])
        yield from (f"{literal(str(value))}::{kind}" for value in values)
        if argument.type in {"json", "jsonb"}:
            yield from _documents(argument, entries, body)
        if argument.type == "uuid":
            yield f"{literal(BOB.uuid)}::{kind}"
        yield argument_of(argument, "0")


def _held(argument: Argument, entries: Sequence[dict[str, Any]], body: str) -> Iterator[object]:
    """Yield what entries hold, in the columns first that a body compares with the argument."""
    meant = compared(plain(body), argument)
    for entry in entries:
        yield from (entry[name] for name in sorted(entry, key=lambda name: name not in meant))


def _said(argument: Argument, body: str) -> tuple[list[str], list[str]]:
    """Return the strings of a body that an argument is compared with, and all others."""
    every = [text for text in dict.fromkeys(strings(body)) if 0 < len(text) < _SHORT and "\n" not in text]
    near = rf"(?<!\w){re.escape(argument.name)}\s*(?:=|<>|!=|in\b|not\s+in\b)\s*\(?\s*('[^;)]*)"
    found = re.findall(near, plain(body), re.IGNORECASE) if argument.name else []
    beside = [text for part in found for text in strings(part) if text in every]
    return beside, [text for text in every if text not in beside]


def _documents(argument: Argument, entries: Sequence[dict[str, Any]], body: str) -> Iterator[str]:
    """Yield documents with all keys that a body asks for."""
    keys = _keys(plain(body))
    values = [list(dict.fromkeys(_values(name, kind, entries))) for name, kind in keys.items()]
    build = f"{argument.type}_build"
    for given in islice(side_by_side(values), _DOCUMENTS) if keys else ():
        fields = (f"{literal(name)}, {value}" for name, value in zip(keys, given, strict=True))
        document = f"{build}_object({', '.join(fields)})"
        listed = f"{build}_array({document})" if _LISTED.search(body) else document
        yield f"{listed}::{argument.declared}"


def _keys(body: str) -> dict[str, str]:
    """Return the keys of documents that a body asks for, each with the type that it makes of it."""
    fields = [field for record in _RECORD.findall(body) for field in _FIELD.findall(record)]
    found: dict[str, str] = {}
    for name, kind in [*fields, *_KEY.findall(body)]:
        found[name] = found.get(name) or _ALIASES.get(kind.lower(), kind.lower())
    return found


def _values(name: str, kind: str, entries: Sequence[dict[str, Any]]) -> Iterator[str]:
    """Yield values for a key, as SQL; what nothing is said of may be a time or what an entry has there."""
    if kind and kind not in _TEXTS:
        yield from _choices(Argument(name, kind, kind, "b"), entries, "")
        return
    yield literal("3000-01-01")
    held = (value for entry in entries for at, value in sorted(entry.items(), key=lambda one: one[0] != name))
    yield from (f"{literal(str(value))}::text" for value in held if isinstance(value, str | int))


def _fits(value: object, argument: Argument) -> bool:
    """Whether a value of an entry may stand for an argument, or in it."""
    kind = argument.type.removesuffix("[]")
    if kind in {"bigint", "integer", "smallint", "numeric"}:
        return isinstance(value, int) and not isinstance(value, bool)
    if kind == "uuid":
        return isinstance(value, str) and len(value) == len(ALICE.uuid) and value.count("-") == 4  # noqa: PLR2004
    return kind in _TEXTS and isinstance(value, str) and len(value) < _SHORT
