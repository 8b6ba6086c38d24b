"""To whom the target's own SQL grants single functions: what PUBLIC or a default gives nobody chose."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, plain, unsaid

if TYPE_CHECKING:
    from collections.abc import Iterable

_GRANT = re.compile(
    r"\bgrant\s+(?:execute|all(?:\s+privileges)?)\s+on\s+(?:function|procedure|routine)\s+(?P<what>[^;]+?)"
    r"\s+to\s+(?P<whom>[\w$]+(?:\s*,\s*[\w$]+)*)",
    re.IGNORECASE,
)
_ARGUMENTS = re.compile(r"\([^)]*\)")


def callers_by_name(history: Iterable[str]) -> frozenset[tuple[str, str]]:
    """Return the functions that statements grant one by one, by their last names, each with a role.

    Args:
        history: The texts of the target's migrations.
    """
    return frozenset(
        (last_name(function.strip()).lower(), role.strip().lower())
        for text in history
        for said in _GRANT.finditer(unsaid(plain(text)))
        for function in _ARGUMENTS.sub("", said["what"]).split(",")
        for role in said["whom"].split(",")
    )
