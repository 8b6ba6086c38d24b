"""What the words of a statement tell about how it runs."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_BEGINS = re.compile(r"(?:begin|start\s+transaction)\b(?!\s+atomic)", re.IGNORECASE)
_COMMITS = re.compile(r"(?:commit|end|prepare\s+transaction)\b", re.IGNORECASE)
_ROLLS_BACK = re.compile(r"(?:rollback|abort)\b(?!.*\bto\b)", re.IGNORECASE | re.DOTALL)
_ALONE = re.compile(
    r"(?:create|drop)\s+(?:unique\s+)?index\s+concurrently|reindex\b.*\bconcurrently|vacuum\b|alter\s+system\b"
    r"|(?:create|drop)\s+(?:database|tablespace)|alter\s+table\b.*\bdetach\s+partition\b.*\bconcurrently",
    re.IGNORECASE | re.DOTALL,
)
_KEEPS_INDEX = re.compile(
    r'create\s+(?:unique\s+)?index\s+concurrently\s+if\s+not\s+exists\s+("[^"]+"|\w+)', re.IGNORECASE
)
_DROPS_INDEX = re.compile(
    r"drop\s+index\s+(?:concurrently\s+)?(?:if\s+exists\s+)?(.+)", re.IGNORECASE | re.DOTALL
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


def passes_over_invalid(texts: Sequence[str]) -> str:
    """Return the name of an index that a second run passes over, though the first may have left it invalid.

    CREATE INDEX CONCURRENTLY that fails leaves the index, unusable, and IF NOT EXISTS asks for its name
    alone. DROP INDEX before it makes the run begin anew.

    Args:
        texts: The statements of a file, in their order.
    """
    dropped: set[str] = set()
    for text in texts:
        if found := _DROPS_INDEX.match(text):
            dropped.update(_bare(name) for name in found[1].split(","))
        made = _KEEPS_INDEX.match(text)
        if made and _bare(made[1]) not in dropped:
            return made[1]
    return ""


def _bare(name: str) -> str:
    words = name.strip().split()
    return words[0].rpartition(".")[2].strip('"').lower() if words else ""


def makes_shared(text: str) -> bool:
    """Whether it makes what all databases of the server share, so that a second database has it already."""
    return bool(_SHARED.match(text))


def shortened(text: str, most: int = 160) -> str:
    """Return a statement on one line, cut where it gets long."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[:most] + " …"
