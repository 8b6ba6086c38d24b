"""What the comment on a table says of who reads it: its author's own words, beside grants that agree."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import LISTS, shows_private

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Relation

_NO_SECTOR = r"(?! (keys?|health|sector|service|safety|prosecut\w*|defend\w*)\b)"
"""What `public` is part of, and says nothing of readers."""

_LIST = re.compile(
    rf"^(an? |the )?public(ly)?\b{_NO_SECTOR}[^,;.:=]{{0,30}}(\b(list|register|registry|index)\b|{LISTS})",
    re.IGNORECASE,
)
_PUBLIC = re.compile(
    r"^(an? |the )?public(ly)? (names?|titles?|data|readable|visible)\b"
    r"|\b(open|visible|readable|viewable|shown) (to|by|for) (all|every ?(one|body)|any ?(one|body))"
    r"( (visitors|strangers|readers|in the world))? *($|[,;.:)!])",
    re.IGNORECASE,
)
"""The same of what is no list, which says too little of rows that belong to somebody."""

_KEPT = re.compile(
    r"\b(not|never|no longer|except|unless|only|but|once|when|if|within|inside|internal(ly)?)\b",
    re.IGNORECASE,
)
"""What takes back some of that."""


def said_public_of(relation: Relation, roles: Collection[str], *, owned: bool = False) -> str:
    """Return what the comment on a table says that no policy asks for, where it says that all read it.

    All of these roles may, none of them writes it, and no column is of those that nobody publishes.

    Args:
        relation: The table.
        roles: Of all clients.
        owned: Whether its rows belong to somebody, and are none of users and tenants themselves: then it has
            to be called a public list.
    """
    said = relation.comment
    if not (_LIST.search(said) or (not owned and _PUBLIC.search(said))) or _KEPT.search(said):
        return ""
    if relation.rls or not {*roles} <= relation.readable.keys() or shows_private(relation, roles):
        return ""
    held = [relation.privileges[role] for role in roles]
    written = any(one.insert or one.update or "delete" in one.others for one in held)
    return "" if written else f"its comment: {said[:60]}"
