"""What a constraint that refuses rows tells of a file, and what the file does to these rows beforehand."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.lexis import plain, word

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
_AT_ONCE = re.compile(r"(?:update|delete|insert|merge|with|select|call|do)\b", re.IGNORECASE)
"""How statements begin that do something to rows, or call what does."""
_FUNCTION = re.compile(
    r"create\s+(?:or\s+replace\s+)?(?:function|procedure)\s+(?:[\w$]+\s*\.\s*)?(?P<name>[\w$]+)",
    re.IGNORECASE,
)


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


def fills(statements: Iterable[str], table: str, column: str) -> bool:
    """Whether statements set a column of a table, or take its rows out, all or as the column tells.

    What stands in a function counts where one of them calls it.
    """
    done = [plain(text) for text in statements]
    at_once = [text for text in done if _AT_ONCE.match(text)]
    name = rf"(?:[\w$]+\s*\.\s*)?{word(table)}(?![\w$])"
    this = rf"(?<![\w$]){word(column)}(?![\w$])"
    sets = rf"\bupdate\s+(?:only\s+)?{name}[^;]*?\bset\b[^;]*?{this}\s*="
    takes = rf"\bdelete\s+from\s+(?:only\s+)?{name}(?![^;]*\bwhere\b(?![^;]*{this}))"
    fill = re.compile(f"{sets}|{takes}", re.IGNORECASE)
    called = (text for text in done if any(_calls(one, text) for one in at_once))
    return any(fill.search(text) for text in (*at_once, *called))


def _calls(text: str, made: str) -> bool:
    """Whether a statement calls the function that another one makes."""
    function = _FUNCTION.match(made)
    name = function and re.escape(function["name"])
    return bool(name and re.search(rf"(?<![\w$]){name}\s*\(", text, re.IGNORECASE))


def writes(sql: str, table: str) -> bool:
    """Whether a text writes rows of a table, or of any if none is named."""
    name = rf"(?:{_ONE}\s*\.\s*)?\"?{re.escape(table)}\"?(?![\w$])" if table else _ONE
    return bool(re.search(f"{_WRITES}{name}", sql, re.IGNORECASE))
