"""What a constraint that refuses rows tells of a file, and what the file does to these rows beforehand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.migrations import Failure

OF_VALUES = "22"
OF_CONSTRAINTS = "23"
"""Classes of the SQLSTATEs of rows that do not fit: into a type, and under a constraint."""
_REQUIRED = "23502"
_TABLE = re.compile(r'(?:relation|table) "([^"]+)"')
_COLUMN = re.compile(r'column "([^"]+)"')
_WRITES = (
    r"\b(?:update\s+(?:only\s+)?|delete\s+from\s+(?:only\s+)?|insert\s+into\s+|merge\s+into\s+(?:only\s+)?)"
)
_ONE = r'(?:"[^"]+"|[\w$]+)'


def of_rows(failure: Failure) -> bool:
    """Whether rows are refused, which may be those of the trial alone."""
    return failure.sqlstate.startswith((OF_VALUES, OF_CONSTRAINTS))


def table_of(failure: Failure) -> str:
    """Return the table whose rows are refused, without its schema; empty where the server does not say."""
    found = _TABLE.search(failure.message)
    return found[1] if found else ""


def column_required(failure: Failure) -> str:
    """Return the column that may not be NULL any more; empty of another refusal."""
    found = _COLUMN.search(failure.message) if failure.sqlstate == _REQUIRED else None
    return found[1] if found else ""


def is_new(failure: Failure, shape: Iterable[str]) -> bool:
    """Whether the column that may not be NULL was not there before."""
    place = f"{table_of(failure)}.{column_required(failure)}"
    return not any(name.startswith("column ") and name.endswith(place) for name in shape)


def fills(sql: str, table: str, column: str) -> bool:
    """Whether a text sets a column of a table, or takes rows out of it."""
    name = rf"(?:{_ONE}\s*\.\s*)?\"?{re.escape(table)}\"?(?![\w$])"
    sets = rf"\bupdate\s+(?:only\s+)?{name}[^;]*?\bset\b[^;]*?(?<![\w$])\"?{re.escape(column)}\"?\s*="
    return bool(re.search(rf"{sets}|\bdelete\s+from\s+(?:only\s+)?{name}", sql, re.IGNORECASE))


def writes(sql: str, table: str) -> bool:
    """Whether a text writes rows of a table, or of any if none is named."""
    name = rf"(?:{_ONE}\s*\.\s*)?\"?{re.escape(table)}\"?(?![\w$])" if table else _ONE
    return bool(re.search(f"{_WRITES}{name}", sql, re.IGNORECASE))
