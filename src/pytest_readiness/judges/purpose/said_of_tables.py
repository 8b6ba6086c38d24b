"""What the comment on a table says of who reads it: its author's own words, beside grants that agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import LISTS, shows_private

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Relation

_PUBLIC = re.compile(
    rf"^(an? |the )?public(ly)?\b[^,;.:=]{{0,30}}"
    rf"(\b(list|register|registry|index|names?|titles?|data|readable|visible)\b|{LISTS})"
    r"|\b(open|visible|readable|viewable|shown) (to|by|for) (all|every ?(one|body)|any ?(one|body))\b",
    re.IGNORECASE,
)
_KEPT = re.compile(r"\b(not|never|no longer|except|unless|only|but|once|when|if)\b", re.IGNORECASE)
"""What takes back some of that."""


def said_public_of(relation: Relation, roles: Collection[str]) -> str:
    """Return what the comment on a table says that no policy asks for, where it says that all read it.

    All of these roles may, none of them writes it, and no column is of those that nobody publishes.
    """
    if not _PUBLIC.search(relation.comment) or _KEPT.search(relation.comment):
        return ""
    if relation.rls or not {*roles} <= relation.readable.keys() or shows_private(relation, roles):
        return ""
    held = [relation.privileges[role] for role in roles]
    written = any(one.insert or one.update or "delete" in one.others for one in held)
    return "" if written else f"its comment: {relation.comment[:60]}"
