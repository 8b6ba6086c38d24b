"""Whether a range that says for how long something holds may come to be empty, by what code does with it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, names, plain, unsaid, word

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Column, Relation

_WRITTEN = re.compile(r"\b(?:insert\s+into|update|merge\s+into)\s+(?:only\s+)?([\w.]+)", re.IGNORECASE)
_MADE = re.compile(r"\b(?:date|ts|tstz)(?:multi)?range\s*\(", re.IGNORECASE)
_ASKS = re.compile(r"\braise\b|\bisempty\s*\(", re.IGNORECASE)


def may_be_empty(relation: Relation, column: Column, bodies: Iterable[str]) -> bool:
    """Whether anybody may say, or cut off, for how long it is, and nothing is seen to ask for more.

    What constraints refuse is for the server to say.

    Args:
        relation: That has the range.
        column: In which it is.
        bodies: Of the functions of the target.
    """
    guards = [plain(trigger.body) for trigger in relation.triggers if trigger.enabled != "D"]
    if any(column.name in names(text) and _ASKS.search(text) for text in guards):
        return False
    held = relation.privileges.values()
    if any(column.name in {*one.insert, *one.update} for one in held):
        return True
    return any(_makes_none(relation, column, unsaid(plain(body))) for body in bodies)


def _makes_none(relation: Relation, column: Column, body: str) -> bool:
    """Whether code that writes to a relation cuts its range off, or makes one and raises nothing."""
    written = {last_name(found) for found in _WRITTEN.findall(body)}
    if relation.table not in written or column.name not in names(body):
        return False
    name = re.escape(word(column.name))
    cut = re.search(rf"(?<!\w){name}\)?\s*[*-](?!>)|[*-]\s*\(?(?:\w+\.)?{name}(?!\w)", body, re.IGNORECASE)
    return bool(cut) or (bool(_MADE.search(body)) and not _ASKS.search(body))
