"""What a constraint that refuses rows tells of a file, and what the file does to these rows beforehand."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import names, plain, word

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

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
_DEMAND = re.compile(
    r"(?:could not create unique index|violates foreign key constraint|(?<!violates )check constraint)"
    r' "([^"]+)"'
)
"""What says so of rows that are there; a row that is written is told otherwise."""
_ALTERS = re.compile(r"alter\s+table\b|create\s+unique\s+index\b", re.IGNORECASE)
_DYNAMIC = re.compile(r"\bexecute\b(?!\s+(?:function|procedure)\b)", re.IGNORECASE)
_MADE_OF = re.compile(r"create\b[^(]*\btable\b[^(]*\bas\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Demand:
    """An index or a constraint that refuses rows.

    Attributes:
        table: The number of the table.
        names: Its name, and those of what it is a partition of.
        columns: The numbers of the columns whose values it asks for; a number is given to no second one.
        computed: Whether one of them is computed of others.
        single: Whether it is unique, and a check asks for the same columns, as where there is to be one row.
        other: The number of the table that its keys refer to; 0 of all else.
        other_name: Its name.
    """

    table: int
    names: tuple[str, ...]
    columns: tuple[int, ...]
    computed: bool = False
    single: bool = False
    other: int = 0
    other_name: str = ""


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


def demand_of(failure: Failure) -> str:
    """Return the index or the constraint that rows which are there do not meet; empty of another refusal."""
    found = _DEMAND.search(failure.message)
    return found[1] if found else ""


def refuses_all(
    demand: Demand,
    widths: Mapping[int, int],
    made: Collection[int],
    done: Sequence[str],
    earlier: Iterable[str],
) -> bool:
    """Whether rows are refused for what the file itself gives to each of them.

    So it is where all columns that are asked for are new, and nothing but their making fills them; a key
    has to refer to a table that is new too, since only its own rows tell what another one has.

    Args:
        demand: What refuses them.
        widths: Of each table before the file, the highest number of a column.
        made: The tables that the file makes.
        done: The statements of the file, up to the one that is refused.
        earlier: Those of the files before it.
    """
    width = widths.get(demand.table)
    if width is None or demand.computed or demand.single or (demand.other and demand.other not in made):
        return False
    if not demand.columns or min(demand.columns) <= width:
        return False
    texts = [plain(text) for text in done]
    functions = [text for text in (*map(plain, earlier), *texts) if _FUNCTION.match(text)]
    return not any(_may_fill(text, demand, functions) for text in texts)


def _may_fill(text: str, demand: Demand, functions: Iterable[str]) -> bool:
    """Whether a statement may write the rows that are refused, or give them what it finds somewhere."""
    at_once = bool(_AT_ONCE.match(text))
    if at_once and (_DYNAMIC.search(text) or any(writes(text, word(name)) for name in demand.names)):
        return True
    if (at_once or _MADE_OF.match(text)) and demand.other_name in names(text):
        return True
    return (at_once or bool(_ALTERS.match(text))) and any(_calls(text, made) for made in functions)


def fills(statements: Iterable[str], table: str, column: str) -> bool:
    """Whether statements set a column of a table, or take its rows out, all or as the column tells.

    What stands in a function counts where one of them calls it.
    """
    done = [plain(text) for text in statements]
    at_once = [text for text in done if _AT_ONCE.match(text)]
    name = rf"(?:[\w$]+\s*\.\s*)?{word(table)}(?![\w$])"
    this = rf"(?<![\w$]){word(column)}(?![\w$])"
    gives = rf"\bset\b[^;]*?{this}\s*=|(?:\bset|,)\s*\([^()]*{this}[^()]*\)\s*="
    sets = rf"\b(?:update|(?:insert|merge)\s+into)\s+(?:only\s+)?{name}[^;]*?(?:{gives})"
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
