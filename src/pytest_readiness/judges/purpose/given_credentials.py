"""Functions that put what their caller gives in the place of what somebody else presents to sign in."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, word

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Function, Relation

_SET = (
    r"\bupdate\s+(?:only\s+)?(?:\w+\s*\.\s*)?{table}(?:\s+(?:as\s+)?(?!set\b)\w+)?\s+set\b"
    r"(?P<set>[^;]*?)(?=\bwhere\b|\breturning\b|;|$)"
)
_ALL_SET = re.compile(r"\bset\b[^;]*?(?=\bwhere\b|\breturning\b|;|$)", re.IGNORECASE)


def gives_credentials(function: Function, relation: Relation, presented: Collection[str]) -> bool:
    """Whether a function writes an argument into what is presented, of rows that it finds by something else.

    Whoever calls it signs in as anybody; what it finds by what was presented, or by a row's own key, is the
    row of whoever presented it.

    Args:
        function: Which is called.
        relation: Where credentials are kept.
        presented: Its columns of what somebody presents, and of what is compared with that.
    """
    text = " ".join(plain(function.body).split())
    named = (rf"(?<!\w){word(one.name)}(?!\w)" for one in function.arguments if one.name)
    given = "|".join((r"\$\d+", *named))
    columns = "|".join(map(word, presented))
    pattern = _SET.format(table=word(relation.table))
    said = [found["set"] for found in re.finditer(pattern, text, re.IGNORECASE)]
    writes = rf"(?<!\w)(?:{columns})\s*=[^,]*?(?:{given})"
    if not presented or not any(re.search(writes, one, re.IGNORECASE) for one in said):
        return False
    found_by = "|".join(map(word, {*presented, *relation.primary_key}))
    asked = _ALL_SET.sub(" ", text)
    same = rf"(?<!\w)(?:{found_by})\s*=|=\s*(?:\w+\s*\.\s*)?(?:{found_by})(?!\w)"
    return not re.search(same, asked, re.IGNORECASE)
