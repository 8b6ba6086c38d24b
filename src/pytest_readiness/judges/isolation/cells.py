"""What one cell of the isolation matrix says: pure judgement of one verb of one actor on one relation."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.judges.isolation.assaults import BROKEN
from pytest_readiness.judges.isolation.reading import (
    broken,
    doubt,
    nameless,
    reader_of_what_names_nobody,
    sealed,
    unread,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read, RelationAccess
    from pytest_readiness.evidence.attacks import Assault, Tried

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
OWNER = "the owner"
"""Stands for whoever has a row, in cells that tell what she may do with it."""

_IMPOSSIBLE = frozenset({"55000", "0A000", "42809", "428C9"})
"""The server does not do this to such a relation, for anybody."""

_NOBODYS = "its rows belong to nobody"
DOOR = "the application learns by it which tenant is called, before it can say who calls"
_NO_CONTROL = "its owner did not do the same with a row of her own, so nothing is proven"


class State(Enum):
    """What a cell says, the worst first."""

    LEAK = "leak"
    BROKEN = "broken"
    UNKNOWN = "unknown"
    RESIDUAL = "residual"
    SHARED = "shared"
    UNTRIED = "untried"
    CLOSED = "closed"
    ISOLATED = "isolated"
    OWN = "own"


@dataclass(frozen=True, slots=True)
class Cell:
    """What came of one verb of one actor on one relation, and why, for people."""

    state: State
    note: str = ""


def read_cells(access: RelationAccess) -> Iterator[tuple[tuple[str, str], Cell]]:
    """Yield the cells of SELECT on a relation, by actor and verb."""
    owner, others = access.reads[0], access.reads[1:]
    nosy = reader_of_what_names_nobody(others)
    # What she reads of her colleagues is no theft: strangers are who is judged.
    yield (OWNER, "SELECT"), _read(access, owner, replace(owner, foreign=0))
    for read in others:
        if access.exposure and access.exposure.actor == read.actor:
            said = f"of private people, {access.exposure.columns}"
            yield (read.actor, "SELECT"), Cell(State.LEAK, said)
        elif read is nosy and not read.foreign:
            yield (read.actor, "SELECT"), Cell(State.LEAK, "rows that name no owner, and that no user reads")
        else:
            yield (read.actor, "SELECT"), _read(access, owner, read)


def _read(access: RelationAccess, owner: Read, read: Read) -> Cell:
    if read.confidential:
        return Cell(State.LEAK, f"read: {read.confidential}, a secret of the platform's")
    return (
        _foreign(access, read) if read.foreign else _stopped(access, owner, read) or _filtered(access, read)
    )


def _stopped(access: RelationAccess, owner: Read, read: Read) -> Cell | None:
    if broken(access):
        return Cell(State.BROKEN, f"{owner.sqlstate} {owner.message}")
    if unread(access):
        return Cell(State.CLOSED)
    if nameless(read.actor, read.sqlstate) and owner.own:
        return Cell(State.ISOLATED, _turned_away(f"{read.sqlstate} {read.message}"))
    if read.sqlstate and read.sqlstate != REFUSED:
        return Cell(State.UNKNOWN, f"stopped by {read.sqlstate} {read.message}, not by a policy")
    return None


def _filtered(access: RelationAccess, read: Read) -> Cell:
    if access.nobodys:
        return Cell(State.ISOLATED) if read.sqlstate else Cell(State.SHARED, _NOBODYS)
    if access.untold and read.returned and read.actor != access.reads[0].actor:
        return Cell(State.UNKNOWN, f"it shows {access.untold}")
    if access.reads[0].own:
        return Cell(State.OWN if read.own else State.ISOLATED)
    if access.open_by and not access.owned_by:
        return Cell(State.ISOLATED) if read.sqlstate else Cell(State.SHARED, access.says_so)
    if access.apart and not access.owned_by:
        return Cell(State.OWN if read.returned else State.ISOLATED)
    return Cell(State.CLOSED) if sealed(access) else Cell(State.UNKNOWN, doubt(access))


def _foreign(access: RelationAccess, read: Read) -> Cell:
    if access.as_caller:
        return Cell(State.SHARED, "it asks as its caller: what it reads is judged")
    if access.keys_only:
        return Cell(State.SHARED, "which keys go together, and nothing else")
    if access.open_by or access.door:
        return Cell(State.SHARED, access.says_so if access.open_by else DOOR)
    if access.published_by:
        return Cell(State.SHARED, f"rows with {access.published_by}")
    if access.unclear:
        return Cell(State.UNKNOWN, f"nothing tells whether {access.unclear} are for everybody")
    what = f": `{read.canary}`" if read.canary else ""
    return Cell(State.LEAK, f"read: {read.victim}'s row{what}")


def write_cells(
    assault: Assault, access: RelationAccess | None, own_insert: Tried | None, *, held: bool
) -> Iterator[tuple[tuple[str, str], Cell]]:
    """Yield the cells of one verb that writes to a relation, by actor and verb; harms apart.

    Args:
        assault: All attempts of this verb.
        access: The reads of the relation, where it was read.
        own_insert: What became of a row that a user inserted for himself.
        held: Whether any client role holds the privilege.
    """
    return _Writes(assault, access, own_insert, held).cells()


def _turned_away(error: str) -> str:
    return f"its policy raises {error} where there is no user"


@dataclass(frozen=True, slots=True)
class _Writes:
    assault: Assault
    access: RelationAccess | None
    own_insert: Tried | None
    held: bool

    def cells(self) -> Iterator[tuple[tuple[str, str], Cell]]:
        verb, control = self.assault.verb, self._control()
        if control is not None:
            yield (OWNER, verb), control
        for tried in self.assault.by:
            yield (tried.actor, verb), self._cell(tried, control)

    def _control(self) -> Cell | None:
        """Return what the owner may do herself; None when that was not tried."""
        if self.assault.verb == "TRUNCATE":
            return None
        if self.assault.verb == "INSERT":
            return _inserted(self.own_insert) if self.own_insert else None
        owner = self.assault.owner
        if owner[:5] in BROKEN:
            return Cell(State.BROKEN, owner)
        if owner == "refused":
            return Cell(State.CLOSED)
        return Cell(State.OWN, "" if owner == "done" else f"stopped by {owner}") if owner else None

    def _cell(self, tried: Tried, control: Cell | None) -> Cell:
        return self._prevented(tried, control) or self._let_through(tried, control)

    def _prevented(self, tried: Tried, control: Cell | None) -> Cell | None:
        """Tell why an actor got nowhere, where policies are not the reason or are it for everybody."""
        if self.assault.unclear:
            return Cell(State.UNKNOWN, self.assault.unclear.partition("\n")[0])
        if control and control.state is State.BROKEN:
            return control
        if not self.held:
            return Cell(State.CLOSED)
        if tried.stopped[:5] in _IMPOSSIBLE and not tried.done:
            return Cell(State.CLOSED, tried.stopped)
        return None if tried.done else self._raised(tried, control)

    def _raised(self, tried: Tried, control: Cell | None) -> Cell | None:
        if control and nameless(tried.actor, tried.stopped[:5]):
            return Cell(State.ISOLATED, _turned_away(tried.stopped))
        return None if tried.refused else Cell(State.UNKNOWN, f"stopped by {tried.stopped}, not by a policy")

    def _let_through(self, tried: Tried, control: Cell | None) -> Cell:
        if self.access is not None and self.access.nobodys:
            return self._reached_nobodys(tried, self.access)
        if self.assault.meant and tried.touched:
            return Cell(State.SHARED, f"as {self.assault.meant}")
        if control is None:
            unfilled = self.access.unfilled if self.access else ""
            return Cell(State.UNKNOWN, f"no row could be made in it: {unfilled}" if unfilled else _NO_CONTROL)
        if control.state is State.CLOSED:
            return control
        return Cell(State.OWN if tried.touched else State.ISOLATED)

    def _reached_nobodys(self, tried: Tried, access: RelationAccess) -> Cell:
        if self.assault.verb == "TRUNCATE":
            return Cell(State.RESIDUAL, "TRUNCATE asks no policy")
        if tried.touched:
            return Cell(State.SHARED, _NOBODYS)
        there = access.rows or any(read.returned for read in access.reads)
        return Cell(State.CLOSED) if there else Cell(State.UNKNOWN, "no row of it was there to be reached")


def _inserted(tried: Tried) -> Cell:
    """Tell what a user's own row came to: constraints are asked after policies, triggers before."""
    if tried.refused:
        return Cell(State.CLOSED)
    if tried.done or tried.stopped.startswith("23"):
        return Cell(State.OWN)
    broken_for_all = tried.stopped[:5] in BROKEN
    return Cell(State.BROKEN if broken_for_all else State.UNKNOWN, f"stopped by {tried.stopped}")
