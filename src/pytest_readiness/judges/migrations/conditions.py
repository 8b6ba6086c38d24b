"""Statements that do nothing where their condition does not hold, and what they would need."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_NAME = r"(?P<name>(?:\"[^\"]+\"|[\w$]+)(?:\.(?:\"[^\"]+\"|[\w$]+))?)"
_NEEDS = (
    re.compile(rf"\balter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_NAME}\s+(?!rename|drop)", re.IGNORECASE),
    re.compile(rf"\bcreate\s+policy\s+(?:\"[^\"]+\"|[\w$]+)\s+on\s+{_NAME}", re.IGNORECASE),
    re.compile(rf"\btrigger\s+[^;]*?\bon\s+{_NAME}\s+(?:for|when|execute|referencing)", re.IGNORECASE),
    re.compile(rf"\bindex\s+[^;]*?\bon\s+(?:only\s+)?{_NAME}\s*(?:\(|using)", re.IGNORECASE),
)
_MADE = re.compile(
    rf"create\s+(?:unlogged\s+)?(?P<kind>table|(?:unique\s+)?index(?:\s+concurrently)?|sequence|materialized\s+view)\s+if\s+not\s+exists\s+{_NAME}",
    re.IGNORECASE,
)
_ADDED_TO = re.compile(rf"alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_NAME}\s+(?=add\b)", re.IGNORECASE)
_ADDED = re.compile(
    r"(?:'(?:[^']|'')*'|\badd\s+(?:column\s+)?if\s+not\s+exists\s+(?P<column>\"[^\"]+\"|[\w$]+))",
    re.IGNORECASE,
)
_CONDITION = r"(?:others|sqlstate\s+'\w{5}'|\w+_\w+)"
_SECTION = re.compile(r"\bexception\s+(?=when\b)", re.IGNORECASE)
_HANDLER = re.compile(
    rf"when\s+(?P<names>{_CONDITION}(?:\s+or\s+{_CONDITION})*)\s+then\s+"
    r"(?P<does>(?:(?!when\b|end\b)(?:'(?:[^']|'')*'|[^;'])+;\s*)+)(?=when\b|end\b)",
    re.IGNORECASE,
)
_ONE = re.compile(r"((?:'(?:[^']|'')*'|[^;'])+);\s*")
_IDLE = re.compile(
    r"null$|raise\s+(?:notice|warning|info|log|debug)\b|return\b|continue\b|exit\b"
    r"|get\s+(?:current\s+|stacked\s+)?diagnostics\b|(?P<count>\w+)\s*:?=\s*(?P=count)\s*\+",
    re.IGNORECASE,
)
_TELLS = re.compile(r"(?:insert\s+into|perform|call)\b|\w+\s*:?=", re.IGNORECASE)
_TOLD = re.compile(r"\bdiagnostics\s+(\w+)|,\s*(\w+)\s*:?=", re.IGNORECASE)
_BODY = re.compile(r"\$(?P<tag>\w*)\$(?P<body>.*)\$(?P=tag)\$", re.DOTALL)
_COMMENT = re.compile(r"'(?:[^']|'')*'|\$(\w*)\$.*?\$\1\$|--[^\n]*|/\*.*?\*/", re.DOTALL)

_NEVER = "when sqlstate 'ZZ999' then "
IS_THERE = {"42P07", "42710", "42701", "42P06", "42723", "42P16", "42P03", "42712"}
"""SQLSTATEs of what is there already."""
_TWICE = "23505"
_OF_VALUES = ("22", "23")
"""Classes of the SQLSTATEs that tell of values, not of what is missing here."""
_CHANGES = re.compile(r'"\s*(?:create|alter|update)\b', re.IGNORECASE)
_ENVIRONMENT = {"0A000", "58P01", "42501", "55P04", "57014", "2D000", "25001"}
_DEFINES = re.compile(r"\b(?:create|alter|grant|revoke|comment\s+on|enable)\b", re.IGNORECASE)


def is_block(text: str) -> bool:
    """Whether a statement is a DO block that defines something."""
    return is_done(text) and bool(_DEFINES.search(text))


def needed(text: str) -> tuple[str, ...]:
    """Return the relations that a statement would have changed or hung something on."""
    found = (match.group("name") for pattern in _NEEDS for match in pattern.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name.lower() not in {"only", "if"}))


def is_done(text: str) -> bool:
    """Whether a statement is a DO block."""
    return bool(re.match(r"do\b", text, re.IGNORECASE))


def unswallowed(text: str) -> str:
    """Return a block with its handlers switched off that only forget; empty if it has none."""
    bare = _uncommented(text)
    found = [handler for handler in _handlers(bare) if _forgets(handler["does"])]
    for handler in reversed(found):
        bare = bare[: handler.start()] + _NEVER + bare[handler.start("does") :]
    return bare if found else ""


def forgets_all(text: str) -> bool:
    """Whether a block has a handler that takes every error and forgets it."""
    return is_done(text) and any(
        "others" in handler["names"].lower() and _forgets(handler["does"])
        for handler in _handlers(_uncommented(text))
    )


def _handlers(text: str) -> Iterator[re.Match[str]]:
    """Yield the handlers of a block whose statements can be told apart."""
    body = _BODY.search(text)
    quoted = [m.span() for m in _COMMENT.finditer(text, *body.span("body"))] if body else []
    for section in _SECTION.finditer(text):
        inside = any(start < section.start() < end for start, end in quoted)
        handler = None if inside else _HANDLER.match(text, section.end())
        while handler:
            yield handler
            handler = _HANDLER.match(text, handler.end())


def _forgets(does: str) -> bool:
    """Whether a handler does nothing, or tells of the error where nobody stops."""
    told = {name.lower() for match in _TOLD.finditer(does) for name in match.groups() if name}
    for match in _ONE.finditer(does):
        statement = match[1].strip()
        tells = {"sqlerrm", "sqlstate", *told} & set(re.findall(r"\w+", statement.lower()))
        if not _IDLE.match(statement) and not (_TELLS.match(statement) and tells):
            return False
    return True


def _uncommented(text: str) -> str:
    """Return a block whose comments are spaces."""
    found = _BODY.search(text)
    if found is None:
        return text
    body = _COMMENT.sub(lambda match: " " if match[0].startswith(("--", "/*")) else match[0], found["body"])
    return text[: found.start("body")] + body + text[found.end("body") :]


def hides(state: str, said: str = "", *, defines: bool = True) -> bool:
    """Whether an error that was forgotten says more than that something is there already.

    Args:
        state: Its SQLSTATE.
        said: What the server said, with the statement that it was said of.
        defines: Whether the block defines something; of one that only works on rows, what this server lacks
            tells nothing.
    """
    # Rows that are there already lack nothing; an index over them never comes to be.
    if state == _TWICE:
        return bool(_CHANGES.search(said))
    known = state in IS_THERE | _ENVIRONMENT or not state
    return not known and (defines or state.startswith(_OF_VALUES))


def made(text: str) -> tuple[str, str]:
    """Return kind and name of what ``IF NOT EXISTS`` would make; or nothing.

    Returns:
        The kind is ``table``, ``index``, ``sequence`` or ``materialized view``.
    """
    match = _MADE.match(text)
    if match is None:
        return "", ""
    kind = " ".join(match.group("kind").lower().split())
    return ("index" if "index" in kind else kind), match.group("name")


def added(text: str) -> Iterator[tuple[str, str]]:
    """Yield table and column of what ``ADD COLUMN IF NOT EXISTS`` would add."""
    table = _ADDED_TO.match(text)
    if table:
        for match in _ADDED.finditer(text, table.end()):
            if match["column"]:
                yield table["name"], match["column"]
