"""What triggers ask of a row before they raise."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation

_ASKED = re.compile(
    r"\b(?:els)?if\b(?P<said>(?:(?!\bthen\b|;).)*)\bthen\s+raise\b(?!\s+(?:notice|warning|log|info|debug))",
    re.IGNORECASE | re.DOTALL,
)
"""A condition after which a trigger refuses a row."""

_RAISED = re.compile(r"\braise\s+(?:exception\s+)?'((?:[^']|'')*)'", re.IGNORECASE)
"""The format of a refusal."""


def raised_as(relation: Relation, message: str) -> str:
    """Return the format by which a trigger of a relation raises a message; itself where none fits.

    Two messages of one format say the same of two values.
    """
    for trigger in relation.triggers:
        for form in _RAISED.findall(plain(trigger.body)):
            said = ".*".join(re.escape(part) for part in form.replace("''", "'").split("%"))
            if "%" in form and re.fullmatch(said, message, re.DOTALL):
                return str(form)
    return message


def raised_over(relation: Relation) -> Iterator[tuple[Column, str]]:
    """Yield the columns that conditions before a RAISE name, each with these conditions."""
    bodies = [plain(trigger.body) for trigger in relation.triggers if "INSERT" in trigger.events]
    asked = [found["said"] for body in bodies for found in _ASKED.finditer(body)]
    for column in relation.columns:
        named = re.compile(rf"\bnew\.{word(column.name)}(?!\w)", re.IGNORECASE)
        said = " and ".join(one for one in asked if named.search(one))
        if said:
            yield column, said
