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
    rf"create\s+(?:unlogged\s+)?(?P<kind>table|(?:unique\s+)?index(?:\s+concurrently)?)\s+if\s+not\s+exists\s+{_NAME}",
    re.IGNORECASE,
)
_ADDED = re.compile(
    rf"alter\s+table\s+(?:if\s+exists\s+)?(?:only\s+)?{_NAME}\s+add\s+(?:column\s+)?if\s+not\s+exists\s+"
    r"(?P<column>\"[^\"]+\"|[\w$]+)",
    re.IGNORECASE,
)
_DONE_ON = re.compile(
    r"\bwhen\s+(?P<names>others|(?:sqlstate\s+'\w{5}'|\w+_\w+)(?:\s+or\s+(?:sqlstate\s+'\w{5}'|\w+_\w+))*)\s+then\s+"
    r"(?=(?:(?:null|raise\s+(?:notice|warning|info|log|debug)\b[^;]*)\s*;\s*)+(?:when|end)\b)",
    re.IGNORECASE,
)
"""A handler that does nothing but forget the error, or tell nobody of it who would stop."""

_NEVER = "when sqlstate 'ZZ999' then "
_ALREADY = {"42P07", "42710", "42701", "42P06", "42723", "42P16", "23505", "42P03", "42712"}
_ENVIRONMENT = {"0A000", "58P01", "42501", "55P04", "57014", "2D000", "25001"}
_DEFINES = re.compile(r"\b(?:create|alter|grant|revoke|comment\s+on|enable)\b", re.IGNORECASE)


def is_block(text: str) -> bool:
    """Whether a statement is a DO block that defines something."""
    return text[:3].lower().rstrip() == "do" and bool(_DEFINES.search(text))


def needed(text: str) -> tuple[str, ...]:
    """Return the relations that a statement would have changed or hung something on."""
    found = (match.group("name") for pattern in _NEEDS for match in pattern.finditer(text))
    return tuple(dict.fromkeys(name for name in found if name.lower() not in {"only", "if"}))


def unswallowed(text: str) -> str:
    """Return a block with its handlers switched off that only forget; empty if it has none."""
    changed = _DONE_ON.sub(_NEVER, text)
    return changed if changed != text else ""


def hides(state: str) -> bool:
    """Whether an error that was forgotten says more than that something is there already."""
    return bool(state) and state not in _ALREADY | _ENVIRONMENT


def made(text: str) -> tuple[str, str]:
    """Return kind and name of what ``IF NOT EXISTS`` would make: table, index; or nothing."""
    match = _MADE.match(text)
    if match is None:
        return "", ""
    return ("table" if match.group("kind").lower() == "table" else "index"), match.group("name")


def added(text: str) -> Iterator[tuple[str, str]]:
    """Yield table and column of what ``ADD COLUMN IF NOT EXISTS`` would add first."""
    match = _ADDED.match(text)
    if match:
        yield match.group("name"), match.group("column")
