"""Takes the body of a PL/pgSQL function apart into the SQL statements in it.

Each is then planned by itself in a function with the same variables, so that branches which no call takes
are looked at too. It reads words, not grammar: what it cannot tell apart is left out, never guessed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

_COMMENT = re.compile(r"'(?:[^']|'')*'|\$\w*\$.*?\$\w*\$|--[^\n]*|/\*.*?\*/", re.DOTALL)
_PIECE = re.compile(
    r"'(?:[^']|'')*'|\"[^\"]*\"|\$\w*\$|;|\b(?:begin|then|else|loop|declare|exception|case|end)\b|[()]",
    re.IGNORECASE,
)
_SQL = re.compile(
    r"\s*(?:select|insert|update|delete|perform|with|return\s+query\s+select|merge)\b", re.IGNORECASE
)
_LOOP = re.compile(
    r"\bfor\s+(?P<names>\w+(?:\s*,\s*\w+)*)\s+in\s+(?P<how>reverse\b|execute\b)?(?P<of>.+?)\s+loop\b",
    re.IGNORECASE | re.DOTALL,
)
_TARGET = r'(?:[\w$]+|"[^"]+")(?:\s*\.\s*(?:[\w$]+|"[^"]+")|\[[^\]]*\])*'
_EXPRESSION = re.compile(
    r"\s*(?:(?P<word>return|if|els(?:e)?if|while|assert|(?:exit|continue)(?:\s+\w+)?\s+when"
    r"|raise\s+(?:\w+\s+)?'(?:[^']|'')*'\s*,)(?<=[\w,])(?!\w)\s*(?=\S)"
    rf"|(?P<target>{_TARGET})\s*:?=\s*)",
    re.IGNORECASE,
)
_ENDS = {"if": "then", "elsif": "then", "elseif": "then", "while": "loop"}
"""What ends an expression; a semicolon ends the others."""
_TEXT = r"(?:'(?:[^']|'')*'|\$(?:\w*)\$.*?\$(?:\w*)\$)"
_DYNAMIC = re.compile(
    rf"\s*execute\s+(?P<text>(?:{_TEXT}|format\b|[\s(),|])+?)\s*(?P<rest>\b(?:into|using)\b.*)?$",
    re.IGNORECASE | re.DOTALL,
)
_PLANNED = re.compile(
    r"[\s(]*(?:format\s*\(\s*)?(?:'|\$\w*\$)\s*(?:select|insert|update|delete|with|merge)\b", re.IGNORECASE
)
_USING = re.compile(r"\busing\b(?:(?!\binto\b).)*", re.IGNORECASE | re.DOTALL)
_GUARDS = re.compile(
    r"to_reg\w+\s*\(|information_schema|pg_catalog|\bpg_(?:class|tables|proc|namespace|extension)\b"
    r"|\bwhen\s+(?:others|undefined_\w+)|\bcreate\s+(?:global\s+|local\s+)?temp|\binto\s+temp",
    re.IGNORECASE,
)
_TEMPORARY = re.compile(
    r"\s*create\s+(?:global\s+|local\s+)?temp(?:orary)?\s+table\b.*", re.IGNORECASE | re.DOTALL
)
_SECTION = re.compile(r"\bdeclare\b(.*?)\bbegin\b", re.IGNORECASE | re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A statement within a body.

    Attributes:
        text: As it stands there.
        offset: Of its first character in the body.
        loose: Whether it is no statement of its own, so that it may have been cut wrongly.
    """

    text: str
    offset: int
    loose: bool = False


def guarded(body: str) -> bool:
    """Whether a body asks what there is, or expects that something is not: then it may name what is not."""
    return bool(_GUARDS.search(plain(body)))


def declarations(body: str) -> str:
    """Return what all DECLARE sections declare, and the variables that loops make themselves."""
    text = _blanked(body)
    declared = "\n".join(match.group(1) for match in _SECTION.finditer(text))
    known = {name.lower() for name in re.findall(r"^\s*(\w+)", declared.replace(";", "\n"), re.MULTILINE)}
    loops = [m for m in _LOOP.finditer(text) if m["names"].lower() not in known and "," not in m["names"]]
    own = {m["names"].lower(): "integer" if ".." in m["of"] else "record" for m in loops}
    return declared + "".join(f"\n{name} {kind};" for name, kind in own.items())


def pieces(body: str) -> Iterator[Piece]:
    """Yield SQL statements, expressions as ``PERFORM``, queries of loops, and constants that are executed."""
    text = _blanked(body)
    start = _first_begin(text)
    depth, quoted, cases = 0, "", 0
    begun = start
    for match in _PIECE.finditer(text, start):
        mark = match.group().lower()
        if mark.startswith("$"):
            quoted = "" if quoted == mark else quoted or mark
        if quoted or mark.startswith(("'", '"', "$")):
            continue
        depth += (mark == "(") - (mark == ")")
        if depth or mark in "()":
            continue
        # CASE within a statement is an expression; at its beginning it is a statement.
        before = text[begun : match.start()].strip().lower()
        cases = 0 if mark == ";" else max(0, cases + (mark == "case" and before != "") - (mark == "end"))
        if cases or mark in {"case", "end"} or (mark, before) == ("exception", "raise"):
            continue
        yield from _piece(text, begun, match.start(), mark)
        begun = match.end()


def temporaries(body: str) -> Iterator[Piece]:
    """Yield the statements that make tables of the session, which those after them may name."""
    text = _blanked(body)
    begun, quoted = _first_begin(text), ""
    for match in _PIECE.finditer(text, begun):
        mark = match.group().lower()
        if mark.startswith("$"):
            quoted = "" if quoted == mark else quoted or mark
        if quoted or mark.startswith(("'", '"', "$", "(", ")")):
            continue
        chunk = text[begun : match.start()]
        if mark == ";" and _TEMPORARY.match(chunk):
            yield Piece(chunk.strip(), begun + len(chunk) - len(chunk.lstrip()))
        # What ends an expression within the statement ends no statement.
        begun = begun if _TEMPORARY.match(chunk) and mark != ";" else match.end()


def _piece(text: str, begun: int, end: int, mark: str) -> Iterator[Piece]:
    chunk = text[begun:end]
    offset = begun + len(chunk) - len(chunk.lstrip())
    if mark == ";" and _SQL.match(chunk):
        yield Piece(chunk.strip(), offset)
        return
    loop = _LOOP.match(f"{chunk.lstrip()} loop") if mark == "loop" else None
    if loop and not loop["how"] and _SQL.match(loop["of"].lstrip("( ")):
        yield Piece(f"perform * from ({loop['of']}) readiness_rows", offset)
        return
    dynamic = _DYNAMIC.match(chunk) if mark == ";" else None
    if dynamic and _PLANNED.match(dynamic["text"]):
        given = _USING.search(dynamic["rest"] or "")
        using = f" {given[0].strip()}" if given else ""
        yield Piece(f"execute 'explain ' || ({dynamic['text'].strip()}){using}", offset, loose=True)
        return
    if expression := _EXPRESSION.match(chunk):
        for found in _expressions(expression, chunk[expression.end() :].strip(), mark):
            yield Piece(f"perform {found}", offset, loose=True)


def _expressions(begin: re.Match[str], rest: str, mark: str) -> Iterator[str]:
    word, target = (begin["word"] or "").lower(), begin["target"] or ""
    if mark != _ENDS.get(word, ";") or re.match(r"(?:query|next)\b", rest, re.IGNORECASE):
        return
    if "." in target:  # a field that has to be there
        yield target
    if word.startswith("raise"):
        rest = re.split(r"\busing\b", rest, maxsplit=1, flags=re.IGNORECASE)[0].rstrip()
    if rest:
        yield rest


def _first_begin(text: str) -> int:
    match = re.search(r"\bbegin\b", text, re.IGNORECASE)
    return match.end() if match else len(text)


def _blanked(body: str) -> str:
    """Return a body whose comments are spaces, so that places stay where they are."""

    def blank(match: re.Match[str]) -> str:
        found = match.group()
        return re.sub(r"[^\n]", " ", found) if found.startswith(("--", "/*")) else found

    return _COMMENT.sub(blank, body)
