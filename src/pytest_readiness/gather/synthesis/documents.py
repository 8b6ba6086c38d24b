"""Documents that a CHECK asks for: the keys that its text names, with values as it compares them."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.synthesis.patterns import samples
from pytest_readiness.judges.sql.lexis import STRING, plain, strings, word

if TYPE_CHECKING:
    from collections.abc import Iterator

_CAST_TEXT = re.compile(r"::(?:text|jsonb?|jsonpath|character varying)(?:\[\])?")
_BARE = re.compile(r"[()]|'(?:[^']|'')*'")
_STEP = re.compile(r"\s*(?:->>?|#>>?)\s*'((?:[^']|'')*)'|\['((?:[^']|'')*)'\]|\s*->\s*(\d+)")
_HAS = re.compile(r"\s*(?:\?[&|]?|,)\s*(?:'([^']*)'|ARRAY\[([^\]]*)\])")
_HOLDS = re.compile(r"\s*@>\s*'((?:[^']|'')*)'")
_EXISTS = re.compile(r'\s*(?:@\?|,)\s*\'(?:strict |lax )?\$((?:\."[^"]*")+)')
_END = re.compile(r"\b(?:AND|OR)\b(?! '?-?\d)")
_NUMBER = re.compile(r"(?<![\w'])-?\d+(?:\.\d+)?")
_CALLED = re.compile(r"(\w+)\s*$")
_OF_TYPES: dict[str, Any] = {"object": {}, "array": [], "number": 1, "boolean": True, "null": None}
_NUMERIC = ("::numeric", "::int", "::bigint", "::smallint", "::double", "::real", "::float")
_LONGEST = 20


def documents(name: str, definition: str, value: str | None) -> Iterator[str]:
    """Yield JSON that a CHECK may let through.

    Args:
        name: Of the column.
        definition: Of the CHECK, as the server shows it.
        value: What was refused, with a text that is found again.
    """
    asked = list(_asked(word(name), definition, _text_of(value)))
    before = json.loads(value) if value and value.startswith("{") else {}
    for base in (before, {}) if asked else ():
        for way in range(max(len(values) for _, values in asked)):
            document = json.loads(json.dumps(base))
            for path, values in asked:
                _put(document, path, values[way % len(values)])
            yield json.dumps(document)


def _text_of(value: str | None) -> str:
    found = [text for text in re.findall(r'"([^"]+)"', value or "") if text.startswith("canary")]
    return found[0] if found else "canary"


def _asked(name: str, definition: str, text: str) -> Iterator[tuple[list[str], list[Any]]]:
    """Yield paths into the column's document, each with values that may stand there."""
    bare = _BARE.sub(lambda found: " " if found[0] in "()" else found[0], plain(definition))
    bare = _CAST_TEXT.sub("", bare)
    for found in re.finditer(rf"(?<![\w.']){re.escape(name)}(?!\w)", bare):
        path: list[str] = []
        at = found.end()
        while step := _STEP.match(bare, at):
            said = step[1] or step[2] or step[3]
            path += said.strip("{}").split(",") if said.startswith("{") else [said.replace("''", "'")]
            at = step.end()
        called = _CALLED.search(bare[: found.start()])
        rest = bare[at:].lstrip()
        yield from _at(path, called[1] if called else "", rest[: _ends(rest)], text)


def _ends(rest: str) -> int:
    """Return where what is asked of one place ends: before the next AND that joins conditions."""
    blank = STRING.sub(lambda found: "'" + "_" * len(found[1]) + "'", rest)
    end = _END.search(blank)
    return end.start() if end else len(rest)


def _at(path: list[str], called: str, rest: str, text: str) -> Iterator[tuple[list[str], list[Any]]]:
    """Yield what a condition on one place asks for."""
    if path:
        yield path, _values(called, rest, text)
    if held := _HOLDS.match(rest):
        yield from (([*path, key], [value]) for key, value in _pairs(held[1].replace("''", "'")))
    elif there := _EXISTS.match(rest):
        yield [*path, *re.findall(r'"([^"]*)"', there[1])], [text]
    elif has := _HAS.match(rest):
        keys = strings(has[2]) if has[2] else has[1].strip("{}").split(",")
        yield from (([*path, key], [text]) for key in keys)


def _values(called: str, rest: str, text: str) -> list[Any]:
    """Return values for a place by what is called around it, and by what follows."""
    numbers = [float(found) if "." in found else int(found) for found in _NUMBER.findall(rest)]
    if called.endswith("typeof"):
        return [_OF_TYPES.get(kind, text) for kind in strings(rest)] or [text]
    if called.endswith("array_length"):
        return [[text] * int(min(many, _LONGEST)) for many in (max(numbers or [1]), min(numbers or [1]), 1)]
    if rest.startswith(_NUMERIC):
        return [number + by for number in numbers[:1] or [1] for by in (1, -1, 0)]
    return _cast(rest) or _compared(rest, text)


def _cast(rest: str) -> list[Any]:
    """Return values for what is read as a time or a truth; nothing for what is read as it is."""
    times = ["2030-01-01", "2020-01-01"] if rest.startswith(("::date", "::timestamp")) else []
    return times or ([True, False] if rest.startswith("::boolean") else [])


def _compared(rest: str, text: str) -> list[Any]:
    """Return texts by a pattern or by what is equal; else the one that is found again."""
    said = strings(rest)
    if said and rest.startswith("~"):
        return [*samples(said[0], text.encode().hex()), *said]
    return [*said] if said and rest.startswith("=") else [text]


def _pairs(text: str) -> list[tuple[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        return []
    return list(found.items()) if isinstance(found, dict) else []


def _put(document: dict[str, Any], path: list[str], value: Any) -> None:  # noqa: ANN401  any JSON
    """Put a value where a path leads; what is there by a surer condition stays."""
    *around, last = path
    for key in around:
        inner = document.get(key)
        if not isinstance(inner, dict):
            inner = document[key] = {}
        document = inner
    there = document.get(last)
    if (
        there is None
        or (isinstance(there, str) and there.startswith("canary"))
        or (there == [] and value != [])
    ):
        document[last] = value
