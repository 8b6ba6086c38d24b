"""Values for the columns of a synthetic row: recognisable, deterministic, and accepted by most types.

All values are the text of a literal without a cast: the server reads it as the column's type.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import uuid
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import is_text
from pytest_readiness.gather.synthesis.documents import documents
from pytest_readiness.gather.synthesis.patterns import samples
from pytest_readiness.judges.sql.lexis import STRING, plain, strings

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Column
    from pytest_readiness.evidence.people import Person

_NAMESPACE = uuid.UUID("5ead1e55-4815-4162-8342-000000000000")
_EPOCH = dt.date(2001, 1, 1)
_LENGTH = re.compile(r"\((\d+)(?:,(-?\d+))?\)")
_NUMBER = re.compile(r"(?<![\w.'])-?\d+(?:\.\d+)?")
_RANDOM = re.compile(r"gen_random_uuid|uuid_generate_v")

_MANY = 100
"""Elements of an array that a CHECK may ask for, and more."""

_FIXED = {
    "boolean": "false",
    "date": "today",
    "time without time zone": "12:00",
    "time with time zone": "12:00+00",
    "timestamp without time zone": "now",
    "timestamp with time zone": "now",
    "interval": "1 hour",
    "inet": "192.0.2.15",
    "cidr": "192.0.2.0/24",
    "macaddr": "02:00:00:48:15:16",
    "macaddr8": "02:00:00:00:00:48:15:16",
    "money": "48.15",
    "oid": "0",
    "point": "(48,15)",
    "line": "{1,-1,0}",
    "lseg": "[(0,0),(1,1)]",
    "box": "(1,1),(0,0)",
    "path": "((0,0),(1,1))",
    "polygon": "((0,0),(1,0),(1,1))",
    "circle": "<(0,0),1>",
    "pg_lsn": "0/0",
    "bit": "1",
    "bit varying": "1",
    "smallint": "4815",
    "regclass": "pg_class",
    "regtype": "text",
}

_NUMBERED = frozenset({"int4range", "int8range", "numrange"})
_RANGES = _NUMBERED | {"daterange", "tsrange", "tstzrange"}
"""That the server brings: what another is made of is not known by its name."""

COMMON_TEXTS = (
    "USD",
    "usd",
    "someone@example.test",
    "+250788000015",
    "https://example.test/",
    "en",
    "US",
    "#a1b2c3",
    "12:00",
    "2026-01-01",
    "a",
    "0",
    "a-b",
    "active",
    "pending",
)
_DAYS = ("tomorrow", "yesterday", "2099-01-01", "1980-01-01")
_TIMES = {
    "date": _DAYS,
    "timestamp without time zone": (*_DAYS, "tomorrow 10:00", "tomorrow 11:00"),
    "timestamp with time zone": (*_DAYS, "tomorrow 10:00", "tomorrow 11:00"),
    "time without time zone": ("13:00", "09:00"),
    "time with time zone": ("13:00+00", "09:00+00"),
    "interval": ("1 day", "1 minute", "30 days"),
}
"""Before and after what a column has at first: what begins has to end later, and births lie far back."""

_LENGTHS = re.compile(r"length\s*\(|octet_length|~|similar to|regexp", re.IGNORECASE)
"""How a CHECK asks for a length."""

_LONGEST = 4096
_YEAR = re.compile(r"\b(\d{4})(?=-\d\d-\d\d)")
_WEEKDAYS_RETURN = 28
"""After so many years each day of the month is the same day of the week again."""

COMMON_NUMBERS = ("1", "0", "5", "10", "100", "0.5", "-1", "2026")


def digest(*parts: object) -> str:
    """Return hexadecimal digits that depend on nothing but the parts."""
    return hashlib.sha256("\x1f".join(map(str, parts)).encode()).hexdigest()


def secret_sent(header: str, person: Person) -> str:
    """Return what a person alone knows and sends in a header, where rows hold its digest."""
    return f"readiness-{digest('sent', header, person.name)[:24]}"


def canary(*parts: object) -> str:
    """Return a text that occurs nowhere else: lower case, with no character that slugs drop."""
    return f"canary-{digest(*parts)[:10]}"


def holds_text(column: Column) -> bool:
    """Whether a canary can stand in the column, alone or in a list."""
    return is_text(column.type.removesuffix("[]")) and column.kind == "b"


def text_of(column: Column, value: object) -> str | None:
    """Return the text of a literal for what ``to_jsonb`` gave of a column."""
    if value is None or (column.type in {"json", "jsonb"}):
        return None if value is None else json.dumps(value)
    if column.type.endswith("[]") and isinstance(value, list):
        return "{" + ",".join(_element(element) for element in value) + "}"
    return value if isinstance(value, str) else json.dumps(value)


def _element(value: object) -> str:
    if isinstance(value, list):
        return "{" + ",".join(map(_element, value)) + "}"
    return "NULL" if value is None else json.dumps(value, ensure_ascii=False)


def is_random_key(column: Column) -> bool:
    """Whether the server would draw the value, so that a deterministic one has to replace it."""
    return column.type == "uuid" and bool(_RANDOM.search(column.default))


def value_for(column: Column, *parts: object) -> str | None:
    """Return a value for a column, derived from the parts; None when only NULL is left."""
    if column.kind == "e":
        return column.labels[0] if column.labels else None
    if column.type.endswith("[]"):
        return _array(column, *parts)
    if holds_text(column):
        return _fit(canary(*parts), column.type)
    base = column.type.split("(")[0].strip()
    if base in _FIXED:
        return _FIXED[base]
    return _derived(column, base, *parts)


def small(*parts: object) -> str:
    """Return a number that a smallint holds, where all of them cannot hold the same."""
    return str(1_000 + int(digest(*parts)[:6], 16) % 29_999)


def _derived(column: Column, base: str, *parts: object) -> str | None:
    number = 481_500_000 + int(digest(*parts)[:6], 16) % 99_999
    if base == "uuid":
        return str(uuid.uuid5(_NAMESPACE, digest(*parts)))
    if base in {"integer", "bigint", "numeric", "real", "double precision"}:
        return _numeric(column.type, number)
    if base.replace("multi", "") in _RANGES:
        return _range(base, number)
    if base in {"json", "jsonb", "bytea"}:
        text = canary(*parts)
        return "\\x" + text.encode().hex() if base == "bytea" else f'{{"note": "{text}"}}'
    if base in {"vector", "halfvec"}:
        size = _LENGTH.search(column.type)
        return "[" + ",".join(["1"] * int(size[1] if size else 3)) + "]"
    return {"r": "empty", "m": "{}"}.get(column.kind, canary(*parts))


def _range(base: str, number: int) -> str:
    first = _EPOCH + dt.timedelta(days=number % 9000)
    one = f"[{first},{first + dt.timedelta(days=1)})"
    if base.replace("multi", "") in _NUMBERED:
        one = f"[{number},{number + 1})"
    return one if base in _RANGES else f"{{{one}}}"


def _array(column: Column, *parts: object) -> str:
    element = column.type[:-2]
    return "{" + canary(*parts) + "}" if is_text(element) else "{}"


def _fit(text: str, column_type: str) -> str:
    size = _LENGTH.search(column_type)
    if column_type.startswith("character(") and size:
        return text[-int(size[1]) :].ljust(int(size[1]), "x")
    return text[-int(size[1]) :] if size else text


_TELLING = 5
"""Digits by which numbers are still told apart."""


def _numeric(column_type: str, number: int) -> str:
    size = _LENGTH.search(column_type)
    if size is None:
        return str(number) if column_type in {"integer", "bigint"} else f"{number}.15"
    scale = int(size[2] or 0)
    digits = max(int(size[1]) - max(scale, 0), 0)
    whole = str(number)[-digits:].lstrip("0") if digits else "0"
    if len(whole) == digits >= _TELLING and whole >= "5":
        whole = whole[1:].lstrip("0")  # a sum of two has to fit as well
    return f"{whole or '0'}.{'15'[:scale]}" if scale > 0 else whole or "0"


def alternatives(column: Column, definition: str, value: str | None = None) -> tuple[str | None, ...]:
    """Return values to try after a CHECK refused a value: what its text names, then common shapes."""
    named = strings(definition)
    if column.kind == "e":
        return column.labels
    found: list[str | None] = []
    if column.type.endswith("[]"):
        found += _lists(definition, named)
    elif holds_text(column):
        found += [*named, *(_shapes(value) if value else ())]
        found += COMMON_TEXTS
        found += [text for pattern in named for text in samples(pattern, digest(value))]
    elif column.type == "boolean":
        found += ["true", "false"]
    elif column.type in {"json", "jsonb"}:
        found += [*documents(column.name, definition, value), '["canary"]', "[]", "{}", *named]
    elif column.type.split("(")[0] in {
        "smallint",
        "integer",
        "bigint",
        "numeric",
        "real",
        "double precision",
    }:
        for text in _NUMBER.findall(STRING.sub("", plain(definition))) + _NUMBER.findall(" ".join(named)):
            found += [text, _shift(text, 1), _shift(text, -1)]
        found += COMMON_NUMBERS
    else:
        found += _extents(column, definition, value, named)
    if not column.not_null:
        found.append(None)
    if holds_text(column):  # a token that may be missing is missing, as it is before somebody shares
        found += [text for length in _lengths(definition) for text in _sized(length, value)]
    return tuple(dict.fromkeys(found))


def _lists(definition: str, named: list[str]) -> list[str]:
    """Return arrays of as many elements as a CHECK counts, and of one more."""
    counts = [int(text) for text in _NUMBER.findall(plain(definition)) if text.isdigit()]
    lengths = [count + more for count in counts if count < _MANY for more in (0, 1)]
    sized = (",".join(str(place) for place in range(1, length + 1)) for length in lengths)
    return ["{1}", "{}", *named, *(f"{{{text}}}" for text in sized)]


def _shapes(value: str) -> tuple[str, ...]:
    """Return the same text as a path, as a word, in capitals; then short ones that hardly another has."""
    plain = value.replace("-", "")
    number = digest(value)
    letters = "".join(chr(ord("a") + int(digit, 16)) for digit in number[:6])
    short = (letters, letters.upper(), letters[:3].upper(), f"{letters[0].upper()}-{int(number[:5], 16)}")
    return (f"/{value}", f"{value}/", plain, plain.upper(), value.upper(), value.replace("-", "_"), *short)


def _extents(column: Column, definition: str, value: str | None, named: list[str]) -> list[str]:
    """Return bytes of some lengths, ranges of some extents, or times."""
    if column.type == "bytea":
        return [f"\\x{_long(length, value).encode().hex()}" for length in _lengths(definition)]
    if column.kind == "r":
        return _stretches(column.type, value, named)
    return [*_TIMES.get(re.sub(r"\(\d\)", "", column.type), ()), *named]


def _lengths(definition: str) -> list[int]:
    """Return the lengths that a CHECK may ask for: the numbers in it, and one beside each."""
    said = _LENGTHS.search(definition)
    numbers = (
        [int(float(text)) for text in _NUMBER.findall(STRING.sub("", plain(definition)))] if said else []
    )
    near = (length + by for by in (0, 1, -1) for length in numbers)
    return [length for length in dict.fromkeys(near) if 0 < length <= _LONGEST]


def _long(length: int, value: object) -> str:
    """Return hexadecimal digits, so many, that hardly another value has."""
    digits = digest(value)
    return (digits * (length // len(digits) + 1))[:length]


def _sized(length: int, value: str | None) -> tuple[str, ...]:
    """Return texts of a length: of hexadecimal digits, a recognisable one, of digits alone."""
    digits = _long(length, value)
    text = (value or "")[-length:].rjust(length, "x")
    return (digits, text, digits.upper(), "".join(str(int(digit, 16) % 10) for digit in digits))


def _stretches(column_type: str, value: str | None, named: list[str]) -> list[str]:
    """Return ranges that are short, long, open or empty, each at another place than those of other rows."""
    place = int(digest(value)[:6], 16)
    if column_type in _NUMBERED:
        found = [f"[{place},{place + length})" for length in (1, 10, 100)]
        return [*found, *(f"[{low},{high})" for low, high in ((0, 1), (0, 100), (1, 10))), f"[{place},)"]
    day = _EPOCH + dt.timedelta(days=place % 9000)
    if column_type == "daterange":
        first = [f"[{day},{day + dt.timedelta(days=length)})" for length in (1, 7, 30, 365)]
        return [*first, "[tomorrow,2099-01-01)", f"[{day},)", *named]
    times = [f"[{day} 10:00,{day} 10:{minutes})" for minutes in (15, 30, 59)]
    hours = [f"[{day} 10:00,{day} {hour}:00)" for hour in (11, 12, 18)]
    future = f"[2099-01-01 {place % 24:02}:{place % 60:02},2099-01-01 {place % 24:02}:59:59)"
    return [*hours, *times, future, f"[{day},)", *named]


def another(column: Column, accepted: str, *parts: object) -> str | None:
    """Return another value of the form of one that a CHECK let through; None for types without such."""
    if column.type == "bytea":
        return f"\\x{_long(len(accepted) - 2, parts)}"
    if column.kind == "r":
        return _elsewhere(accepted)
    if not holds_text(column):
        return None
    letters = "abcdef" if re.fullmatch(r"[0-9a-fA-F]*", accepted) else "abcdefghijklmnop"
    drawn = zip(accepted, _long(len(accepted), parts), strict=True)
    return "".join(_of_its_class(old, int(digit, 16), letters) for old, digit in drawn)


def _of_its_class(old: str, number: int, letters: str) -> str:
    """Return a digit for a digit, a letter for a letter, and everything else as it is."""
    if not (old.isascii() and old.isalnum()):
        return old
    new = str(number % 10) if old.isdigit() else letters[number % len(letters)]
    return new.upper() if old.isupper() else new


def _elsewhere(accepted: str) -> str | None:
    """Return a range of equal extent at another place: the same weekdays of other years, or what is next."""
    if _YEAR.search(accepted):
        return _YEAR.sub(lambda found: str(int(found[1]) + _WEEKDAYS_RETURN), accepted)
    bounds = re.fullmatch(r"([\[(])(-?\d+),(-?\d+)([\])])", accepted)
    if bounds is None:
        return None
    low, high = int(bounds[2]), int(bounds[3])
    return f"{bounds[1]}{high},{2 * high - low}{bounds[4]}"


def _shift(text: str, by: int) -> str:
    return str(int(text) + by) if "." not in text else f"{float(text) + by:g}"
