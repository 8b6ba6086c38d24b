"""What is said of somebody to all, and what tells too little of a row to say that it is one."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.isolation.growth import BOOKKEEPING
from pytest_readiness.judges.purpose.publication import is_told, says_public
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Column

_BOARD = re.compile(
    r"(^|_)(leader_?board|score_?board|high_?scores?|ranking|rangliste|bestenliste|classement|clasificaci[oó]n|classifica|"
    r"hall_of_fame|top_(\d+|ten|players?|users?|scores?|sellers?|authors?)|winners?|standings?|badges?|reputation)(_|$)",
    re.IGNORECASE,
)
"""What lists are called that people enter to be seen."""

_STANDING = re.compile(
    r"(^|_)(count|counter|rating|stars?|reputation|karma|followers?|following|likes?|views|"
    r"reviews|votes|sales)(_|$)|^(rank|place|level)$|^(num|n|nr)_",
    re.IGNORECASE,
)
"""What columns are called that say how somebody is thought of."""

_MADE = re.compile(
    r"\b(now\(\)|(clock|statement|transaction)_timestamp\(\)|current_\w+|localtime)", re.IGNORECASE
)
_NUMBERS = frozenset({"smallint", "integer", "bigint", "numeric", "real", "double precision"})


def is_board(table: str) -> bool:
    """Whether a relation of this name holds what people enter, or write, to be seen."""
    name = underscored(table)
    return bool(_BOARD.search(name)) or is_told(table) or says_public(name)


def is_content(column: Column) -> bool:
    """Whether a value of a column says something of a row that a word, or a standing, does not.

    That is a number, or a time that the server does not keep.
    """
    name = underscored(column.name)
    if column.dated:
        return not (BOOKKEEPING.search(name) or _MADE.search(column.default))
    return column.type.split("(")[0] in _NUMBERS and not _STANDING.search(name)
