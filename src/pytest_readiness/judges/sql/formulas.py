"""Digests that code makes of what it names: expressions without chance and without a secret. Pure.

It reads words, not grammar; whether an expression makes a value is for who evaluates it to see.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, strings, unsaid

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

_DIGEST = re.compile(
    r"(?<![\w.])(?:(?:pg_catalog|extensions|public)\.)?"
    r"(?:sha(?:224|256|384|512)|md5|encode|digest|hashtext(?:extended)?)\s*\(",
    re.IGNORECASE,
)
SPELLING = re.compile(
    r"(?<![\w.])(?:pg_catalog\.)?(?:upper|initcap|translate|replace|regexp_replace|[lr]pad)\s*\(",
    re.IGNORECASE,
)
"""How code spells a text its own way; in small letters and without spaces it may have been before."""

_AROUND = re.compile(r"(?<![\w.])(?:pg_catalog\.)?[a-z_]\w*\s*\(\s*$", re.IGNORECASE)
_CALLED = re.compile(r"(?<![\w.])(?:([a-z_]\w*)\.)?([a-z_]\w*)\s*\(", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w.:'])([a-z_]\w*(?:\.[a-z_]\w*)?)(?![\w.]|\s*\()", re.IGNORECASE)
_CHANCE = re.compile(
    r"random|\bgen_|uuid_generate|uuidv|nextval|clock_timestamp|timeofday|hmac|crypt|gen_salt|current_setting|"
    r"\bselect\b|\bpg_|\btxid|\bxid|\binto\b|;",
    re.IGNORECASE,
)
"""What differs from call to call, what only the server knows, and what is no expression."""

_LED = re.compile(r"^.*\b(?:return|select|then|else|values|default)\b", re.IGNORECASE | re.DOTALL)
"""What leads an expression in a statement."""

_SQL = frozenset(
    re.findall(
        r"\w+",
        "current_date current_timestamp localtimestamp current_time null true false and or not is as case "
        "when then else end interval at time zone from for in text varchar bigint integer int uuid date "
        "bytea numeric smallint timestamp timestamptz both leading trailing distinct",
    )
)
_BUILT_IN = frozenset({"", "pg_catalog", "extensions", "public"})
_SAID = re.compile(r"[YMDHISWQ0-9]*|hex|base64|escape|sha\d*|md5|utf.?8|day|hour|minute|week|month|year|utc")
"""How dates are spelt, and names of digests and encodings."""

_SHORT, _DEEP = 3, 3
"""Characters of a text that anybody tries, and how far values of variables are followed."""


@dataclass(frozen=True, slots=True)
class Formula:
    """An expression, and the names whose values it needs."""

    sql: str
    names: tuple[str, ...]

    def filled(self, values: Mapping[str, str]) -> str:
        """Return the expression with SQL in the place of names."""
        return _replaced(self.sql, values)


def formulas(
    body: str, known: Collection[str], own: Collection[str] = (), begins: re.Pattern[str] = _DIGEST
) -> Iterator[Formula]:
    """Yield the digests that a body makes, the whole expression around each too.

    Args:
        body: Of a function, or an expression.
        known: Words by which the schema calls its things, in small letters: another text is a secret.
        own: Names of the schema's own functions: what they return is not seen here.
        begins: What starts a call of those that are looked for, if not a digest.
    """
    text = plain(body)
    for found in dict.fromkeys(_expressions(text, begins)):
        sql = _followed(text, found)
        bare = unsaid(sql)
        called = list(_CALLED.findall(bare))
        foreign = any(
            schema.lower() not in _BUILT_IN or (name.lower() in own and not _DIGEST.match(f"{name}("))
            for schema, name in called
        )
        secret = any(_is_secret(one, known) for one in strings(sql))
        if not foreign and not secret and not _CHANCE.search(bare):
            yield Formula(sql, tuple(dict.fromkeys(_names(sql))))


def words_of_names(names: Collection[str]) -> frozenset[str]:
    """Return the words that names are made of, in the singular too."""
    found = {word for name in names for word in re.split(r"[\W_]+", name.lower()) if word}
    return frozenset(found | {word.removesuffix("s") for word in found})


def _expressions(text: str, begins: re.Pattern[str]) -> Iterator[str]:
    """Yield calls, and up to three calls around each."""
    bare = unsaid(text)
    for start in begins.finditer(bare):
        first, opened = start.start(), start.end()
        for _ in range(_DEEP + 1):
            end = _closing(bare, opened)
            if not end:
                break
            yield text[first:end]
            yield from _whole(text, bare, first, end)
            around = _AROUND.search(bare[:first])
            if not around:
                break
            first, opened = around.start(), around.end()


def _whole(text: str, bare: str, first: int, end: int) -> Iterator[str]:
    """Yield all that stands with a call between commas, parentheses and the like: what is put together."""
    depth, start = 0, first
    while first and not (depth == 0 and bare[first - 1] in ",;(="):
        depth += (bare[first - 1] == ")") - (bare[first - 1] == "(")
        first -= 1
    depth = 0
    while end < len(bare) and not (depth == 0 and bare[end] in ",;)"):
        depth += (bare[end] == "(") - (bare[end] == ")")
        end += 1
    found = (_LED.sub("", text[first:start]) + text[start:end]).strip()
    if "||" in unsaid(found):
        yield found


def _closing(text: str, opened: int) -> int:
    """Return where a call ends whose parenthesis was opened; zero where it does not."""
    depth = 1
    for at in range(opened, len(text)):
        depth += (text[at] == "(") - (text[at] == ")")
        if not depth:
            return at + 1
    return 0


def _followed(text: str, sql: str) -> str:
    """Return an expression with variables that are set once as what they are set to."""
    for _ in range(_DEEP):
        values = {name: f"({value})" for name in _names(sql) if (value := _set_to(text, name))}
        if not values:
            break
        sql = _replaced(sql, values)
    return sql


def _set_to(text: str, name: str) -> str:
    """Return what a variable is set to, if it is once."""
    bare = unsaid(text)
    pattern = rf"(?<![\w.]){re.escape(name)}(?:\s+[a-z][\w ]*(?:\([\d, ]*\))?)?\s*:=\s*([^;]+);"
    found = list(re.finditer(pattern, bare, re.IGNORECASE))
    once = len(found) == 1 and not re.search(rf"\binto\s+[^;]*\b{re.escape(name)}\b", bare, re.IGNORECASE)
    value = text[found[0].start(1) : found[0].end(1)].strip() if once else ""
    return "" if name in _names(value) else value


def _names(sql: str) -> list[str]:
    return [name for name in _NAME.findall(unsaid(sql)) if name.lower() not in _SQL]


def _replaced(sql: str, values: Mapping[str, str]) -> str:
    parts, last = [], 0
    for found in _NAME.finditer(unsaid(sql)):
        if found[1] in values:
            parts += [sql[last : found.start()], values[found[1]]]
            last = found.end()
    return "".join([*parts, sql[last:]])


def _is_secret(text: str, known: Collection[str]) -> bool:
    """Whether a text is no name of a thing, no separator and no format."""
    words = [word for word in re.split(r"[\W_]+", text) if word]
    return any(
        len(word) > _SHORT and word.lower() not in known and not _SAID.fullmatch(word) for word in words
    )
