"""What is shown because it is not over: who keeps out what was archived or deleted may have meant no more."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import is_told, says_everybody, shows_private
from pytest_readiness.judges.purpose.visibility import hides, is_withdrawn, withholds
from pytest_readiness.judges.sql.lexis import name_of, names, plain, strings, underscored

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Policy, Relation
    from pytest_readiness.evidence.ownership import Ownership

_COLUMN = r"\(*(?P<{0}>\w+)\)?(?:::[\w ]+)?\)*"
_LISTED = r"(?:all\s*)?\(*(?:array)?\s*\[?\s*'[^()]*\]?\)*(?:::[\w \[\]]+)?\)*$"
_OTHER_WORD = re.compile(
    rf"^{_COLUMN.format('column')}\s*(?:<>|is\s+distinct\s+from)\s*{_LISTED}", re.IGNORECASE
)
_NOT_SO = re.compile(
    rf"^(?:\(*\s*not\s+{_COLUMN.format('column')}|"
    rf"{_COLUMN.format('asked')}\s*(?:is\s+null|=\s*false|is\s+not\s+true|is\s+false))\)*$",
    re.IGNORECASE,
)
_AND = re.compile(r"\s+and\s+", re.IGNORECASE)
_UNREADY = re.compile(r"(^|_)(draft|brouillon|borrador|entwurf|bozza|rascunho|concept)", re.IGNORECASE)


def may_be_kept(relation: Relation, owned: Ownership | None, strangers: Collection[str]) -> bool:
    """Whether nothing says that rows are for all, but that some policy keeps out those that are over.

    Another shows owners theirs; the two may have been meant together.

    Args:
        relation: Whose rows all read.
        owned: By which its rows belong to somebody.
        strangers: Roles of those who did not sign in.
    """
    opening, own = _policies(relation, owned)
    signs = is_told(relation.table) or any(
        says_everybody(policy.name) or {*policy.roles} & {*strangers} for policy in opening
    )
    return bool(own and opening) and not signs and all(_keeps_out(relation, p) for p in opening)


def may_be_shown(relation: Relation, owned: Ownership | None, clients: Collection[str]) -> bool:
    """Whether people tell each other something there, and all read what is not over."""
    opening, _ = _policies(relation, owned)
    alone = owned is not None and bool(owned.users) and not owned.tenants
    told = alone and is_told(relation.table) and not shows_private(relation, clients)
    return told and bool(opening) and all(_keeps_out(relation, p) for p in opening)


def _policies(relation: Relation, owned: Ownership | None) -> tuple[list[Policy], list[Policy]]:
    """Return the policies by which clients read that ask for no owner, and those that do."""
    keys = (*owned.columns, *(owned.reference.columns if owned.reference else ())) if owned else ()
    opening: list[Policy] = []
    own: list[Policy] = []
    for policy in (one for one in relation.shown_by if one.permissive):
        (opening if names(policy.using).isdisjoint(keys) else own).append(policy)
    return opening, own


def _keeps_out(relation: Relation, policy: Policy) -> bool:
    """Whether a policy asks for nothing but that a row is not over."""
    said = " ".join(plain(policy.using).split())
    return bool(said) and all(_is_over(relation, one) for one in _AND.split(said))


def _is_over(relation: Relation, condition: str) -> bool:
    if word := _OTHER_WORD.match(condition):
        said = strings(condition)
        return relation.column(name_of(word["column"])) is not None and bool(said) and all(map(_ended, said))
    switch = _NOT_SO.match(condition)
    column = relation.column(name_of(switch["column"] or switch["asked"])) if switch else None
    return column is not None and _ended(column.name)


def _ended(text: str) -> bool:
    """Whether a name or a value says that a row is over, and not that it is kept from most or not ready."""
    kept = hides(text) or withholds(text, in_tenant=False) or _UNREADY.search(underscored(text))
    return is_withdrawn(text) and not kept
