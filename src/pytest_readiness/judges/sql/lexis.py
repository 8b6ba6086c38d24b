"""How names and strings stand in SQL: quoted names become plain words, so that patterns can be simple.

A name may hold whatever SQL is made of: spaces, quotes, operators, comments. Spelt as a word it cannot
be mistaken for any of that, and a word is turned into its name again where it was found.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

STRING = re.compile(r"'((?:[^']|'')*)'")
"""A string of SQL, its quotes still doubled."""

_TOKEN = re.compile(
    r"""(?P<comment>--[^\n]*|/\*.*?\*/)|(?P<string>e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')"""
    r'''|"(?P<name>(?:[^"]|"")+)"''',
    re.DOTALL | re.IGNORECASE,
)
_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")
_NAME = re.compile(r'"((?:[^"]|"")+)"|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)')
_SPELT = "quoted_0x"
_MEANT = frozenset(
    re.findall(
        r"\w+",
        "all and any as by cross delete distinct execute exists from group having ilike in inner insert into "
        "is join left like limit not notify null nullif on or order returning right select set table union "
        "update using values where",
    )
)
"""Words that patterns take for SQL."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_MANY = 20_000


@lru_cache(maxsize=_MANY)
def plain(sql: str) -> str:
    """Return SQL without comments, each quoted name as a word; strings stay as they are."""
    if '"' not in sql and "--" not in sql and "/*" not in sql:
        return sql
    return _TOKEN.sub(_replaced, sql)


def _replaced(found: re.Match[str]) -> str:
    if found["comment"]:
        return " "
    return found["string"] or word(found["name"].replace('""', '"'))


def word(name: str) -> str:
    """Return the word that a name is in plain SQL."""
    if _PLAIN.fullmatch(name) and name not in _MEANT and not name.startswith(_SPELT):
        return name
    return _SPELT + name.encode().hex()


def name_of(spelt: str) -> str:
    """Return the name that a word stands for; without quotes the server takes it in lower case."""
    lower = spelt.lower()
    if lower.startswith(_SPELT):
        return bytes.fromhex(lower.removeprefix(_SPELT)).decode(errors="replace")
    return lower


def words(sql: str) -> Iterator[str]:
    """Yield all words of SQL as names, those inside of its strings too."""
    for quoted, bare in _NAME.findall(plain(sql)):
        yield quoted.replace('""', '"') if quoted else name_of(bare)


@lru_cache(maxsize=_MANY)
def names(sql: str) -> frozenset[str]:
    """Return the same, each once."""
    return frozenset(words(sql))


def last_name(qualified: str) -> str:
    """Return the last part of a qualified name, without quotes."""
    *_, last = words(qualified)
    return last


def strings(sql: str) -> list[str]:
    """Return what strings hold, in their order."""
    return [text.replace("''", "'") for text in STRING.findall(plain(sql))]


def unsaid(sql: str) -> str:
    """Return SQL in which nothing stands in strings, all else in its place."""
    return STRING.sub(lambda found: f"'{' ' * len(found[1])}'", sql)


def underscored(name: str) -> str:
    """Return a name with its words apart: userId becomes user_Id."""
    return _CAMEL.sub("_", name)


def snake_case(name: str) -> str:
    """Return a name in small letters with its words apart: userId becomes user_id."""
    return underscored(name).lower()
