"""What the words of a statement tell about how it runs."""

from __future__ import annotations

import re

_BEGINS = re.compile(r"(?:begin|start\s+transaction)\b(?!\s+atomic)", re.IGNORECASE)
_COMMITS = re.compile(r"(?:commit|end|prepare\s+transaction)\b", re.IGNORECASE)
_ROLLS_BACK = re.compile(r"(?:rollback|abort)\b(?!.*\bto\b)", re.IGNORECASE | re.DOTALL)
_ALONE = re.compile(
    r"(?:create|drop)\s+(?:unique\s+)?index\s+concurrently|reindex\b.*\bconcurrently|vacuum\b|alter\s+system\b"
    r"|(?:create|drop)\s+(?:database|tablespace)|alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently",
    re.IGNORECASE | re.DOTALL,
)
_NAME = r'(?:"[^"]+"|\w+)'
_KEEPS_INDEX = re.compile(
    rf"create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+(?P<index>{_NAME})"
    rf"\s+on\s+(?:only\s+)?(?:(?P<schema>{_NAME})\s*\.\s*)?(?P<table>{_NAME})",
    re.IGNORECASE,
)
_COMMITS_INSIDE = re.compile(r"(?:do|call)\b.*\b(?:commit|rollback)\b", re.IGNORECASE | re.DOTALL)
_SHARED = re.compile(r"create\s+(?:role|user|group|database|tablespace)\b(?!\s+mapping)", re.IGNORECASE)


def begins(text: str) -> bool:
    """Whether a statement opens a transaction."""
    return bool(_BEGINS.match(text))


def commits(text: str) -> bool:
    """Whether it ends one and keeps what it did."""
    return bool(_COMMITS.match(text))


def controls(text: str) -> bool:
    """Whether it opens or ends a transaction."""
    return begins(text) or commits(text) or bool(_ROLLS_BACK.match(text))


def stands_alone(text: str) -> bool:
    """Whether it runs in no transaction, or ends the one that it runs in."""
    return blocks_nobody(text) or bool(_COMMITS_INSIDE.match(text))


def blocks_nobody(text: str) -> bool:
    """Whether it is of those that run in no transaction, so that others can go on meanwhile."""
    return bool(_ALONE.match(text))


def keeps_index(text: str) -> tuple[str, str, str] | None:
    """Return an index that a statement builds beside other work, and passes over if it is there.

    Where it fails it leaves the index, unusable, and IF NOT EXISTS asks for the name alone.

    Returns:
        Its name, the schema of its table (empty where none is told) and the table, as the catalog has them.
    """
    made = _KEEPS_INDEX.match(text)
    if not made:
        return None
    index, schema, table = (_folded(made[part] or "") for part in ("index", "schema", "table"))
    return index, schema, table


def _folded(name: str) -> str:
    return name.strip('"') if name.startswith('"') else name.lower()


def makes_shared(text: str) -> bool:
    """Whether it makes what all databases of the server share, so that a second database has it already."""
    return bool(_SHARED.match(text))


def shortened(text: str, most: int = 160) -> str:
    """Return a statement on one line, cut where it gets long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most] + " …"
