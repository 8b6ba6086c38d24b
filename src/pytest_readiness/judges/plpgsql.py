"""Takes the body of a PL/pgSQL function apart into the SQL statements in it.

Each is then planned by itself in a function with the same variables, so that branches which no call takes
are looked at too. It reads words, not grammar: what it cannot tell apart is left out, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"'(?:[^']|'')*'|\$\w*\$.*?\$\w*\$|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PIECE = re.compile(
    r"'(?:[^']|'')*'|\$\w*\$|;|\b(?:begin|then|else|loop|declare|exception)\b|[()]", re.IGNORECASE
)
_SQL = re.compile(
    r"\s*(?:select|insert|update|delete|perform|with|return\s+query\s+select|merge)\b", re.IGNORECASE
)
_LOOP = re.compile(
    r"\bfor\s+(\w+(?:\s*,\s*\w+)*)\s+in\s+(?!reverse\b|execute\b)(.+?)\s+loop\b", re.IGNORECASE | re.DOTALL
)
_EXPRESSION = re.compile(r"\s*(?:return|if|elsif|while)\s+(?=\S)|\s*[\w.]+\s*:=\s*", re.IGNORECASE)
_GUARDS = re.compile(
    r"to_reg\w+\s*\(|information_schema|pg_catalog|\bpg_(?:class|tables|proc|namespace|extension)\b"
    r"|\bwhen\s+(?:others|undefined_\w+)|\bcreate\s+(?:global\s+|local\s+)?temp|\binto\s+temp",
    re.IGNORECASE,
)
_SECTION = re.compile(r"\bdeclare\b(.*?)\bbegin\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement within a body.

    Attributes:
        text: As it stands there.
        offset: Of its first character in the body.
    """

    text: str
    offset: int


def guarded(body: str) -> bool:
    """Whether a body asks what there is, or expects that something is not: then it may name what is not."""
    return bool(_GUARDS.search(plain(body)))


def declarations(body: str) -> str:
    """Return what all DECLARE sections declare, and the variables that loops make themselves."""
    text = _blanked(body)
    declared = "\n".join(match.group(1) for match in _SECTION.finditer(text))
    known = {name.lower() for name in re.findall(r"^\s*(\w+)", declared.replace(";", "\n"), re.MULTILINE)}
    loops = [m for m in _LOOP.finditer(text) if m.group(1).lower() not in known and "," not in m.group(1)]
    own = {m.group(1).lower(): "integer" if ".." in m.group(2) else "record" for m in loops}
    return declared + "".join(f"\n{name} {kind};" for name, kind in own.items())


def pieces(body: str) -> Iterator[Piece]:
    """Yield the SQL statements, expressions as ``PERFORM``, queries of loops."""
    text = _blanked(body)
    start = _first_begin(text)
    depth, quoted = 0, ""
    begun = start
    for match in _PIECE.finditer(text, start):
        mark = match.group().lower()
        if mark.startswith("$"):
            quoted = "" if quoted == mark else quoted or mark
        if quoted or mark.startswith(("'", "$")):
            continue
        depth += (mark == "(") - (mark == ")")
        if depth or mark in "()":
            continue
        yield from _piece(text, begun, match.start(), mark)
        begun = match.end()


def _piece(text: str, begun: int, end: int, mark: str) -> Iterator[Piece]:
    chunk = text[begun:end]
    offset = begun + len(chunk) - len(chunk.lstrip())
    if mark == ";" and _SQL.match(chunk):
        yield Piece(chunk.strip(), offset)
        return
    loop = _LOOP.match(f"{chunk.lstrip()} loop") if mark == "loop" else None
    if loop and _SQL.match(loop.group(2).lstrip("( ")):
        yield Piece(f"perform * from ({loop.group(2)}) readiness_rows", offset)
        return
    expression = _EXPRESSION.match(chunk)
    if expression and re.search(r"\bselect\b", chunk, re.IGNORECASE):
        word = expression.group().split()[0].lower()
        if mark == "then" or word not in {"if", "elsif"}:
            rest = chunk[expression.end() :].strip()
            if not re.match(r"(?:query|next)\b", rest, re.IGNORECASE):
                yield Piece(f"perform {rest}", offset)


def _first_begin(text: str) -> int:
    match = re.search(r"\bbegin\b", text, re.IGNORECASE)
    return match.end() if match else len(text)


def _blanked(body: str) -> str:
    """Return a body whose comments are spaces, so that places stay where they are."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return re.sub(r"[^\n]", " ", found) if found.startswith(("--", "/*")) else found

    return _COMMENT.sub(blank, body)
