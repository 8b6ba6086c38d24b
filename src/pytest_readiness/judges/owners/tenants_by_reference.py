"""What functions read for the caller of a row that his own row refers to: by it a tenant is told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, plain
from pytest_readiness.judges.sql.nouns import RANK, USER_WORD

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import CatalogEvidence, Function

_SPACE = re.compile(r"\s+")
_CALLER = r"\s*=\s*\(*(?:select\s+)?\(*(?:nullif\s*\(\s*)?(?:auth\.|current_|session_user|\w+\.current_)"
_JOINED = re.compile(
    r"\bselect\s+(?:distinct\s+)?(?P<of>\w+)\.(?P<column>\w+)\s+(?:into\s+\w+\s+)?"
    r"from\s+(?:\w+\.)?(?P<first>\w+)\s+(?:as\s+)?(?P<own>\w+)\s+(?:inner\s+)?"
    r"join\s+(?:\w+\.)?(?P<table>\w+)\s+(?:as\s+)?(?P=of)\s+"
    r"(?:using\s*\(\s*(?P<both>\w+)\s*\)|on\s+\(*(?:(?P=own)\.(?P<left>\w+)\s*=\s*(?P=of)\.\w+"
    r"|(?P=of)\.\w+\s*=\s*(?P=own)\.(?P<right>\w+)))"
    rf"(?=.*?(?<!\w)(?P=own)\.\w+{_CALLER})",
    re.IGNORECASE,
)
"""What is read of a row that another refers to, which names the caller."""


def led_to(function: Function, catalog: CatalogEvidence) -> tuple[str, str] | None:
    """Return the table of the caller's own row and what it refers by, where a function reads on from there.

    That is of use for what tells rows apart there, a path or a code; a rank is nobody's name.
    """
    found = _JOINED.search(_SPACE.sub(" ", plain(function.body)))
    if not found or USER_WORD.search(found["table"]) or RANK.search(found["column"]):
        return None
    table, column = name_of(found["table"]), name_of(found["column"])
    alone = any((column,) in relation.unique for relation in catalog.relations if relation.table == table)
    by = found["both"] or found["left"] or found["right"]
    return (name_of(found["first"]), name_of(by)) if alone else None
