"""Columns in which somebody gives his word for a row, and that a trigger lets him fill himself alone."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import plain, snake_case, word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation

_WORD_GIVEN = re.compile(
    r"(^|_)(approv|sign|confirm|accept|authori[sz]|certif|witness|verif|countersign|releas|check|audit|review|"
    r"endors|attest|validat|clear|inspect)(i?ed)?_by(_|$)"
)
_CALLER = r"(?:[\w.]+\(\)|(?:pg_catalog\.)?current_setting\s*\(|current_user|session_user)"
_OTHER_THAN = r"(?:<>|!=|is\s+distinct\s+from|=|is\s+not\s+distinct\s+from)"


def vouching(relation: Relation, users: Iterable[str]) -> Iterator[str]:
    """Yield those of the columns that name users which triggers of an UPDATE compare with the caller."""
    bodies = [plain(one.body) for one in relation.triggers if one.enabled != "D" and "UPDATE" in one.events]
    for name in users:
        new, opened = rf"new\s*\.\s*{word(name)}(?!\w)", r"\(*\s*(?:select\s+)?"
        either = (
            rf"{new}\s*{_OTHER_THAN}\s*{opened}{_CALLER}",
            rf"{_CALLER}\)*\s*{_OTHER_THAN}\s*\(*{new}",
        )
        compared = any(re.search(one, body, re.IGNORECASE) for one in either for body in bodies)
        if compared and _WORD_GIVEN.search(snake_case(name)):
            yield name
