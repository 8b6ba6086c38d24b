"""What reads of a relation prove, and what they leave open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import REFUSED

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.evidence.access import Read, RelationAccess

NOBODY = "a caller without a user"
"""How the name of an actor begins who names no user."""

_NO_NAME = frozenset({"22P02", "42704"})
"""What a policy raises that casts or asks for a user's id where there is none, whatever the row."""


def nameless(actor: str, sqlstate: str) -> bool:
    """Whether a policy turned an actor away by failing over the user that he does not name.

    That closes the door as surely as a policy that is false: the same statement works for who names one.
    """
    return actor.startswith(NOBODY) and sqlstate in _NO_NAME


def broken(relation: RelationAccess) -> bool:
    """Whether the owner's own read fails, and not for want of a privilege or over what was made up.

    A source outside may be there for users, and not here.
    """
    owner = relation.reads[0]
    failed = bool(owner.sqlstate) and owner.sqlstate != REFUSED and not owner.invented
    return failed and not relation.outside


def unread(relation: RelationAccess) -> bool:
    """Whether no client may select from it."""
    return all(read.sqlstate == REFUSED for read in relation.reads)


def leak(others: Sequence[Read]) -> Read | None:
    """Return the read of others that counts most: no switch excuses what is kept from its reader."""
    found = [read for read in others if read.foreign]
    return next((read for read in found if read.kept), found[0] if found else None)


def sealed(relation: RelationAccess) -> bool:
    """Whether no policy lets a client read rows, and none was read of those that there are, or may be."""
    there = bool(relation.rows) or relation.shut
    return there and not relation.policies and not any(read.returned for read in relation.reads)


def reader_of_what_names_nobody(others: Sequence[Read]) -> Read | None:
    """Return a reader without identity who gets rows without owner that a user does not get."""
    known = any(read.unowned for read in others if read.actor == "bob")
    return None if known else next((read for read in others if read.unowned), None)


def doubt(relation: RelationAccess) -> str:
    """Say why it proves nothing that nothing leaked, where its owner does not read it either."""
    owner = relation.reads[0] if relation.reads else None
    if owner and owner.invented:
        return made_up(f"{owner.sqlstate} {owner.message}")
    if relation.outside:
        return _outside(relation)
    if not relation.owned_by:
        return "nothing tells whom its rows belong to, and client roles may select from it"
    if relation.unfilled:
        return f"no row could be made in it: {relation.unfilled}"
    if not relation.rows:
        return "it shows no value of a row that belongs to somebody"
    return f"its owner does not see the row either ({relation.owned_by}), so nothing is proven"


def _outside(relation: RelationAccess) -> str:
    source = f"{relation.outside}, a foreign table"
    failed = next((read for read in relation.reads if read.sqlstate and read.sqlstate != REFUSED), None)
    if failed:
        return f"{source}, cannot be read here: {failed.sqlstate} {failed.message}"
    return f"nobody's row can be put into {source}, and to nobody whom its rows name was one of them shown"


def made_up(error: str) -> str:
    """Say that an error is over a value that was made up for a user, and not over what he would have."""
    return (
        f"code takes a value that was made up for its owner, and that users may have in another form: {error}"
    )
