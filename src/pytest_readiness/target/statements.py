"""Where the statements of an SQL file begin and end.

The server says how many statements of a batch succeeded; this tells which one came next.
The lexical rules are PostgreSQL's (manual, section 4.1): quoted strings with and without escapes,
quoted identifiers, dollar quotes, nested comments, and the bodies of SQL functions in BEGIN ATOMIC.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_TOKEN = re.compile(
    r"""
    (?P<line_comment>--[^\n]*)
  | (?P<comment>/\*)
  | (?P<dollar>\$(?:[A-Za-z_\x80-\U0010ffff][\w]*)?\$)
  | (?P<escaped>[eE]'(?:[^'\\]|\\.|'')*'?)
  | (?P<string>'(?:[^']|'')*'?)
  | (?P<identifier>"(?:[^"]|"")*"?)
  | (?P<word>[A-Za-z_\x80-\U0010ffff][\w$]*)
  | (?P<open>[(\[])
  | (?P<close>[)\]])
  | (?P<end>;)
  | (?P<space>\s+)
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A statement as the server counts them: empty ones do not count.

    Attributes:
        text: Without the semicolon, comments before it left out.
        line: Line of its first word, from 1.
    """

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Token:
    """A token that is neither space nor comment.

    Attributes:
        kind: Name of its group in the lexical rules.
        text: As it stands.
        start: Where it begins.
        end: Where what follows begins.
    """

    kind: str
    text: str
    start: int
    end: int

    @property
    def word(self) -> str:
        """A word as the server folds it; empty for whatever is none."""
        return self.text.lower() if self.kind == "word" else ""


def tokens(sql: str) -> Iterator[Token]:
    """Yield the tokens of a text."""
    position = 0
    while position < len(sql):
        match = _TOKEN.match(sql, position)
        if match is None:  # pragma: no cover  the last alternative takes any character
            raise AssertionError(sql[position : position + 20])
        start, position, kind = position, _end(sql, match), str(match.lastgroup)
        if kind not in {"space", "line_comment", "comment"}:
            yield Token(kind, sql[start:position], start, position)


def split(sql: str) -> tuple[Statement, ...]:
    """Split a batch into the statements that the server will see."""
    spans = [*_spans(sql)]
    starts = (0, *(start for start, _ in spans))
    # Counted from one to the next: from the first, a dump would be read once for each of its statements.
    lines = accumulate(sql.count("\n", *between) for between in pairwise(starts))
    return tuple(
        Statement(sql[start:end].strip(), line + 1) for (start, end), line in zip(spans, lines, strict=True)
    )


def _spans(sql: str) -> Iterator[tuple[int, int]]:
    """Yield where each statement begins, and where its semicolon is."""
    start: int | None = None
    depth, atomic, previous = 0, 0, ""
    for token in tokens(sql):
        if token.kind == "end" and depth <= 0 and not atomic:
            if start is not None:
                yield start, token.start
            start, depth = None, 0
            continue
        start = token.start if start is None else start
        depth += (token.kind == "open") - (token.kind == "close")
        atomic += _atomic(token.word, previous, inside=bool(atomic))
        previous = token.word
    if start is not None:
        yield start, len(sql)


def _atomic(word: str, previous: str, *, inside: bool) -> int:
    """Depth of BEGIN ATOMIC … END, in which CASE … END nests and semicolons do not end anything."""
    if word == "atomic" and previous == "begin":
        return 1
    if not inside:
        return 0
    return {"case": 1, "end": -1}.get(word, 0)


def _end(sql: str, match: re.Match[str]) -> int:
    if match.lastgroup == "dollar":
        close = sql.find(match.group(), match.end())
        return len(sql) if close < 0 else close + len(match.group())
    if match.lastgroup == "comment":
        return _comment_end(sql, match.end())
    return match.end()


def _comment_end(sql: str, position: int) -> int:
    depth = 1
    for match in re.compile(r"/\*|\*/").finditer(sql, position):
        depth += 1 if match.group() == "/*" else -1
        if not depth:
            return match.end()
    return len(sql)
