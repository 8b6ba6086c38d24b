"""The isolation matrix: what came of every verb that every actor tried on every relation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

from pytest_readiness.judges.assaults import BROKEN
from pytest_readiness.judges.reading import (
    REFUSED,
    broken,
    doubt,
    reader_of_what_names_nobody,
    sealed,
    unread,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.evidence.access import AccessEvidence, Read, RelationAccess
    from pytest_readiness.evidence.attacks import Assault, Harm, InferenceEvidence, Tried, WriteEvidence
    from pytest_readiness.evidence.catalog import CatalogEvidence

VERBS = ("SELECT", "INSERT", "UPDATE", "DELETE", "TRUNCATE")
OWNER = "the owner"
"""Stands for whoever has a row, in cells that tell what she may do with it."""

_VERB_OF = {
    "read": "SELECT",
    "cast": "SELECT",
    "bypassed": "SELECT",
    "altered": "UPDATE",
    "taken": "UPDATE",
    "destroyed": "DELETE",
    "forged": "INSERT",
}
_IMPOSSIBLE = frozenset({"55000", "0A000", "42809", "428C9"})
"""The server does not do this to such a relation, for anybody."""

_NOBODYS = "its rows belong to nobody"
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


@dataclass(frozen=True, slots=True)
class Row:
    """A relation, with its cells by actor and verb."""

    relation: str
    kind: str
    cells: Mapping[tuple[str, str], Cell]


@dataclass(frozen=True, slots=True)
class Matrix:
    """All relations that a client may use.

    Attributes:
        actors: In the order in which they are shown; the first is the owner.
        missing: What could not be gathered, with the reason.
    """

    actors: tuple[str, ...]
    rows: tuple[Row, ...]
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gathered:
    """What the matrix is made of; what was not gathered is absent.

    Attributes:
        public: Relations that are declared readable by everybody.
        further: Attacks by other ways than a plain statement on a relation.
        missing: Why something is absent.
    """

    catalog: CatalogEvidence
    public: frozenset[str] = frozenset()
    access: AccessEvidence | None = None
    writes: WriteEvidence | None = None
    inferences: InferenceEvidence | None = None
    further: Sequence[Assault] = ()
    missing: tuple[str, ...] = field(default=())


def matrix(gathered: Gathered) -> Matrix:
    """Assemble the matrix."""
    access = {one.relation: one for one in gathered.access.relations} if gathered.access else {}
    writes: dict[str, dict[str, Assault]] = defaultdict(dict)
    for assault in gathered.writes.assaults if gathered.writes else ():
        writes[assault.subject][assault.verb] = assault
    own = {
        assault.subject: assault.by[0]
        for assault in (gathered.inferences.assaults if gathered.inferences else ())
        if assault.verb == "INSERT" and assault.by
    }
    harms = _harms(gathered)
    readers = tuple(dict.fromkeys(read.actor for one in access.values() for read in one.reads[1:]))
    rows = []
    for relation in sorted(gathered.catalog.relations, key=lambda one: one.name):
        if not (relation.privileges or relation.name in harms):
            continue
        read = access.get(relation.name)
        cells: dict[tuple[str, str], Cell] = {}
        if read is not None:
            cells |= _reads(read)
        elif relation.name in gathered.public:
            shared = Cell(State.SHARED, "declared readable by everybody")
            cells |= dict.fromkeys(((actor, "SELECT") for actor in (OWNER, *readers)), shared)
        for assault in writes[relation.name].values():
            cells |= _Writes(assault, read, own.get(relation.name)).cells()
        cells |= harms.get(relation.name, {})
        rows.append(Row(relation.name, relation.kind, cells))
    return Matrix(_actors(readers, rows), tuple(rows), gathered.missing)


def _actors(readers: Iterable[str], rows: Iterable[Row]) -> tuple[str, ...]:
    """Return the owner, those who read everything, and those who are met in some cell only."""
    met = sorted({actor for row in rows for actor, _ in row.cells})
    return tuple(dict.fromkeys((OWNER, *readers, *met))) if met else ()


def _harms(gathered: Gathered) -> dict[str, dict[tuple[str, str], Cell]]:
    """Return the leaks that attacks did, at the relation that they were aimed at and at the one hurt."""
    found: dict[str, dict[tuple[str, str], Cell]] = defaultdict(dict)
    for assault in (*(gathered.writes.assaults if gathered.writes else ()), *gathered.further):
        for harm in assault.harms:
            for relation, verb in _places(assault, harm):
                state = State.RESIDUAL if harm.kind == "residual" else State.LEAK
                known = found[relation].get((harm.actor, verb))
                if known is None or _rank(state) < _rank(known.state):
                    found[relation][harm.actor, verb] = Cell(state, _said(assault, harm, relation))
    return found


def _places(assault: Assault, harm: Harm) -> Iterator[tuple[str, str]]:
    aimed = assault.verb in VERBS
    if aimed:
        yield assault.subject, assault.verb
    verb = _VERB_OF.get(harm.kind)
    if verb and not (aimed and harm.relation == assault.subject):
        yield harm.relation, verb


def _said(assault: Assault, harm: Harm, relation: str) -> str:
    through = "" if assault.subject == relation else f", by {assault.verb} {assault.subject}"
    at = "" if harm.relation == relation else f" in {harm.relation}"
    return f"{harm.kind}: {harm.victim}'s row{at}: {harm.what}{through}"


def _rank(state: State) -> int:
    return list(State).index(state)


def _reads(access: RelationAccess) -> Iterator[tuple[tuple[str, str], Cell]]:
    owner, others = access.reads[0], access.reads[1:]
    nosy = reader_of_what_names_nobody(others)
    yield (OWNER, "SELECT"), _read(access, owner, owner)
    for read in others:
        if read is nosy and not read.foreign:
            yield (read.actor, "SELECT"), Cell(State.LEAK, "rows that name no owner, and that no user reads")
        else:
            yield (read.actor, "SELECT"), _read(access, owner, read)


def _read(access: RelationAccess, owner: Read, read: Read) -> Cell:
    return (
        _foreign(access, read) if read.foreign else _stopped(access, owner, read) or _filtered(access, read)
    )


def _stopped(access: RelationAccess, owner: Read, read: Read) -> Cell | None:
    if broken(owner):
        return Cell(State.BROKEN, f"{owner.sqlstate} {owner.message}")
    if unread(access):
        return Cell(State.CLOSED)
    if read.sqlstate and read.sqlstate != REFUSED:
        return Cell(State.UNKNOWN, f"stopped by {read.sqlstate} {read.message}, not by a policy")
    return None


def _filtered(access: RelationAccess, read: Read) -> Cell:
    if access.nobodys:
        return Cell(State.ISOLATED) if read.sqlstate else Cell(State.SHARED, _NOBODYS)
    if access.reads[0].own:
        return Cell(State.OWN if read.own else State.ISOLATED)
    return Cell(State.CLOSED) if sealed(access) else Cell(State.UNKNOWN, doubt(access))


def _foreign(access: RelationAccess, read: Read) -> Cell:
    if access.keys_only:
        return Cell(State.SHARED, "which keys go together, and nothing else")
    if access.published_by:
        return Cell(State.SHARED, f"rows with {access.published_by}")
    what = f": `{read.canary}`" if read.canary else ""
    return Cell(State.LEAK, f"read: {read.victim}'s row{what}")


@dataclass(frozen=True, slots=True)
class _Writes:
    """What came of one verb on one relation, harms apart.

    Attributes:
        own_insert: What became of a row that a user inserted for himself.
    """

    assault: Assault
    access: RelationAccess | None
    own_insert: Tried | None

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
            return Cell(State.UNKNOWN, self.assault.unclear)
        if control and control.state is State.BROKEN:
            return control
        if tried.refused == tried.attempts and (control is None or control.state is State.CLOSED):
            return Cell(State.CLOSED)
        if tried.stopped[:5] in _IMPOSSIBLE and not tried.done:
            return Cell(State.CLOSED, tried.stopped)
        if not (tried.refused or tried.done):
            return Cell(State.UNKNOWN, f"stopped by {tried.stopped}, not by a policy")
        return None

    def _let_through(self, tried: Tried, control: Cell | None) -> Cell:
        if self.access is not None and self.access.nobodys:
            if self.assault.verb == "TRUNCATE":
                return Cell(State.RESIDUAL, "TRUNCATE asks no policy")
            return Cell(State.SHARED, _NOBODYS) if tried.touched else Cell(State.CLOSED)
        if control is None:
            return Cell(State.UNKNOWN, _NO_CONTROL)
        if control.state is State.CLOSED:
            return control
        return Cell(State.OWN if tried.touched else State.ISOLATED)


def _inserted(tried: Tried) -> Cell:
    """Tell what a user's own row came to: constraints are asked after policies, triggers before."""
    if tried.refused:
        return Cell(State.CLOSED)
    if tried.done or tried.stopped.startswith("23"):
        return Cell(State.OWN)
    broken_for_all = tried.stopped[:5] in BROKEN
    return Cell(State.BROKEN if broken_for_all else State.UNKNOWN, f"stopped by {tried.stopped}")
