"""How SQL compares a column with another, or with whoever calls."""

from __future__ import annotations

import re

COLUMN = r"(?:(?:\w+\.)?(?P<{0}_of>\w+)\.)?(?P<{0}>\w+)"
CAST = r"\)*(?:::[\w ]+?)?\)*"
EQUALS = r"\s*(?:=|i?like|~~\*?|is not distinct from|<@|@>|= ?any)\s*"
LEFT, RIGHT = rf"(?<![\w.]){COLUMN.format('left')}", COLUMN.format("right")
PAIR = re.compile(rf"{LEFT}{CAST}{EQUALS}\(*{RIGHT}(?![\w.(])", re.IGNORECASE)
IN = re.compile(
    rf"{LEFT}\)*\s*(?:in|= ?any|=)\s*\(+\s*select\s+(?:distinct\s+)?(?:(?:lower|trim|btrim)\s*)?\(*{RIGHT}",
    re.IGNORECASE,
)

_NAMED = r"(?:\w+\.)?\w+"
_FOLDED = re.compile(
    rf"\b(?:lower|upper|b?trim)\s*\((?:(?P<bare>{_NAMED})|\((?P<cast>{_NAMED})\)::[\w ]+?)\)", re.IGNORECASE
)
"""A column without regard to its case or the blanks around it."""


def folded(text: str) -> str:
    """Return a text in which columns that it takes without regard to their case stand for themselves."""
    return _FOLDED.sub(lambda found: found["bare"] or found["cast"], text)


def comparisons_with(caller: str) -> tuple[re.Pattern[str], ...]:
    """Return patterns of a comparison with the caller, who stands on either side or holds the column."""
    column = COLUMN.format("column")
    by, called = rf"(?<![\w.']){column}{CAST}", rf"(?P<caller>{caller})"
    text = r"(?:concat\s*\(\s*)?'[^']*'(?:::text)?\s*(?:\|\||,)"
    document = r"(?:to_jsonb?|jsonb_build_array)\s*\("
    patterns = (
        rf"{by}{EQUALS}\(*{called}",
        rf"{called}{EQUALS}(?:any\s*)?\(*{column}(?![\w.(])",
        rf"position\s*\(\s*\(*{by}\s+in\s+\(*{called}",
        rf"strpos\s*\(\s*{called}\s*,\s*\(*{column}(?![\w.(])",
        rf"{called}\s*(?:i?like|~~?\*?)\s*\(*\s*{text}\s*\(*{column}(?![\w.(])",
        rf"{called}\s*(?:@>\s*\(*{document}|\?)\s*\(*{column}(?![\w.(])",
        rf"{document}\s*{by}\s*<@\s*\(*{called}",
    )
    return tuple(re.compile(pattern, re.IGNORECASE) for pattern in patterns)
