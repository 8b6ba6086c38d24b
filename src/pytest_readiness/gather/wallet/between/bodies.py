"""Where the statements of a function's body begin: PL/pgSQL by its blocks, SQL by its semicolons.

What cannot be read is told by an error, and its function is left as it is.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.target.statements import Token, tokens

if TYPE_CHECKING:
    from collections.abc import Iterator

_ENDS = frozenset({"end", "else", "elsif", "elseif", "when", "exception"})
_SQL = frozenset(
    re.findall(
        r"\w+",
        "insert update delete merge truncate lock execute call fetch move open copy refresh "
        "notify commit rollback create drop alter",
    )
)
"""Words of statements that change or lock something, or that hide what they do."""

_STRINGS = frozenset({"string", "escaped", "dollar"})
_WORD, _CALL = re.compile(r"\w+"), re.compile(r"(\w+)\"?\s*\(")
_ATOMIC = re.compile(r"\bbegin\s+atomic\b", re.IGNORECASE)


class BodyError(Exception):
    """A body has another form than the language's."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement of a body.

    Attributes:
        start: Where it begins, a label before it included.
        line: Line of its first word, from 1.
        text: Its head, in one line: of a branch or loop, what decides it.
        words: What it names, in lower case, quoted names without their quotes.
        calls: Those of the words that an opening bracket follows.
        reads: Whether it has a FROM, which is not that of a comparison.
    """

    start: int
    line: int
    text: str
    words: frozenset[str]
    calls: frozenset[str]
    reads: bool = False

    @property
    def acts(self) -> bool:
        """Whether it comes to the database by itself, and not only through functions that it calls."""
        locks = any("advisory" in call or call in {"nextval", "setval"} for call in self.calls)
        return locks or self.reads or bool(self.words & _SQL)


def plpgsql(body: str) -> tuple[Statement, ...]:
    """Return the statements of a body in PL/pgSQL, in the order that they stand in.

    Raises:
        BodyError: It has another form.
    """
    reader = _Reader(body)
    reader.options()
    found = list(reader.block())
    if reader.word and not reader.at("end"):
        raise BodyError(f"after its last END stands {reader.word!r}")
    return tuple(found)


def sql(body: str) -> tuple[Statement, ...]:
    """Return the statements of a body in SQL, with or without BEGIN ATOMIC."""
    atomic = _ATOMIC.match(body.lstrip())
    offset = len(body) - len(body.lstrip()) + atomic.end() if atomic else 0
    found, current, depth, cases = [], list[Token](), 0, 0
    for token in tokens(body):
        if token.start < offset:
            continue
        if atomic and token.word == "end" and not cases and not current:
            break
        if token.kind == "end" and depth <= 0:
            found.append(_statement(body, current))
            current = []
            continue
        depth += (token.kind == "open") - (token.kind == "close")
        cases += (token.word == "case") - (token.word == "end" and cases > 0)
        current.append(token)
    if current:
        found.append(_statement(body, current))
    return tuple(statement for statement in found if statement.text)


def mentioned(text: str) -> frozenset[str]:
    """Return the names in a text, in its strings as well: it may run them as SQL."""
    found: set[str] = set()
    for token in tokens(text):
        if token.kind in {"word", "identifier"}:
            found.add(_name(token))
        elif token.kind in _STRINGS:
            found.update(word.lower() for word in _WORD.findall(token.text))
    return frozenset(found)


def called(text: str) -> frozenset[str]:
    """Return those of the names that an opening bracket follows."""
    found, every = set[str](), list(tokens(text))
    for token, after in itertools.pairwise(every):
        if token.kind in {"word", "identifier"} and after.text == "(":
            found.add(_name(token))
        elif token.kind in _STRINGS:
            found.update(word.lower() for word in _CALL.findall(token.text))
    return frozenset(found)


def _name(token: Token) -> str:
    return token.text.strip('"').replace('""', '"') if token.kind == "identifier" else token.word


def _statement(body: str, head: list[Token], start: int | None = None) -> Statement:
    if not head:
        return Statement(0, 0, "", frozenset(), frozenset())
    named = [(token, after) for token, after in zip(head, [*head[1:], None], strict=True)]
    names = [(_name(token), after) for token, after in named if token.kind in {"word", "identifier"}]
    first = head[0].start
    return Statement(
        start=first if start is None else start,
        line=body.count("\n", 0, first) + 1,
        text=" ".join(body[first : head[-1].end].split()),
        words=frozenset(token.word for token in head if token.word),
        calls=frozenset(name for name, after in names if after is not None and after.text == "("),
        reads=any(b.word == "from" and a.word != "distinct" for a, b in itertools.pairwise(head)),
    )


class _Reader:
    """Reads PL/pgSQL statement by statement."""

    def __init__(self, body: str) -> None:
        self._body = body
        self._tokens = list(tokens(body))
        self._next = 0

    @property
    def word(self) -> str:
        """The word that comes next; empty at the end, and before what is no word."""
        return self._tokens[self._next].word if self._next < len(self._tokens) else ""

    def at(self, *texts: str) -> bool:
        """Tell whether one of these comes next."""
        token = self._tokens[self._next] if self._next < len(self._tokens) else None
        return token is not None and (token.word or token.text) in texts

    def options(self) -> None:
        """Pass over what the compiler is told in lines of their own, such as `#variable_conflict`."""
        while self.at("#"):
            self._next += 3

    def block(self) -> Iterator[Statement]:
        """Read a block: its declarations, its statements and what they do with errors."""
        self._label()
        if self.at("declare"):
            self._until("begin")
        self._take("begin")
        yield from self._statements()
        if self.at("exception"):
            self._take("exception")
            while self.at("when"):
                self._until("then")
                self._take("then")
                yield from self._statements()
        self._take("end")
        if not self.at(";") and self._next < len(self._tokens):
            self._next += 1  # a label
        if self.at(";"):
            self._take(";")

    def _statements(self) -> Iterator[Statement]:
        while self._next < len(self._tokens) and not self.at(*_ENDS):
            yield from self._one()

    def _one(self) -> Iterator[Statement]:
        start = self._tokens[self._next].start
        self._label()
        if self.at("begin", "declare"):
            yield from self.block()
        elif self.at("if"):
            yield self._head(start, "then")
            yield from self._branches("if")
        elif self.at("case"):
            yield self._head(start, "when", skipping=1)
            yield from self._branches("case")
        elif self.at("loop", "while", "for", "foreach"):
            if not self.at("loop"):
                yield self._head(start, "loop")
            self._take("loop")
            yield from self._statements()
            self._take("end")
            self._until(";")
            self._take(";")
        else:
            yield self._head(start, ";")
            self._take(";")

    def _branches(self, kind: str) -> Iterator[Statement]:
        """Read branches up to the END of the whole."""
        while not self.at("end"):
            if self.at("else"):
                self._take("else")
            else:
                self._until("then")
                self._take("then")
            yield from self._statements()
        self._take("end")
        self._take(kind)
        self._take(";")

    def _label(self) -> None:
        while self.at("<") or self.at("<<"):
            while not self.at(">"):
                self._take()
            while self.at(">"):
                self._take()

    def _head(self, start: int, stop: str, skipping: int = 0) -> Statement:
        first = self._next
        self._next += skipping
        self._until(stop)
        return _statement(self._body, self._tokens[first : self._next], start)

    def _until(self, stop: str) -> None:
        """Go on to a word or sign outside of brackets and of CASE … END."""
        depth = cases = 0
        while self._next < len(self._tokens):
            token = self._tokens[self._next]
            if not depth and not cases and (token.word or token.text) == stop:
                return
            depth += (token.kind == "open") - (token.kind == "close")
            if stop != ";":
                cases += (token.word == "case") - (token.word == "end" and cases > 0)
            self._next += 1
        raise BodyError(f"{stop.upper()!r} is missing")

    def _take(self, text: str = "") -> None:
        if self._next >= len(self._tokens) or (text and not self.at(text)):
            found = self._tokens[self._next].text if self._next < len(self._tokens) else "its end"
            raise BodyError(f"expected {text.upper()!r}, found {found!r}")
        self._next += 1
