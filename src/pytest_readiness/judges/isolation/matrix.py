"""The isolation matrix: what came of every verb that every actor tried on every relation."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pytest_readiness.judges.isolation.cells import OWNER, VERBS, Cell, State, read_cells, write_cells

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.evidence.access import AccessEvidence, RelationAccess
    from pytest_readiness.evidence.attacks import Assault, Harm, InferenceEvidence, WriteEvidence
    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation

_VERB_OF = {
    "read": "SELECT",
    "cast": "SELECT",
    "bypassed": "SELECT",
    "altered": "UPDATE",
    "taken": "UPDATE",
    "destroyed": "DELETE",
    "forged": "INSERT",
}


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
    writes: dict[str, list[Assault]] = defaultdict(list)
    for assault in gathered.writes.assaults if gathered.writes else ():
        writes[assault.subject].append(assault)
    own_inserts = {
        assault.subject: assault.by[0]
        for assault in (gathered.inferences.assaults if gathered.inferences else ())
        if assault.verb == "INSERT" and assault.by
    }
    harms = _harms(gathered)
    readers = tuple(dict.fromkeys(read.actor for one in access.values() for read in one.reads[1:]))
    rows = []
    for relation in sorted(gathered.catalog.relations, key=lambda one: one.name):
        name = relation.name
        if not (relation.privileges or name in harms):
            continue
        cells = _worst(_selected(name, access.get(name), readers if name in gathered.public else ()))
        for assault in writes[name]:
            held = _held(relation, assault.verb)
            cells |= write_cells(assault, access.get(name), own_inserts.get(name), held=held)
        rows.append(Row(name, relation.kind, cells | harms.get(name, {})))
    return Matrix(_actors(readers, rows), tuple(rows), gathered.missing)


def _worst(cells: Iterable[tuple[tuple[str, str], Cell]]) -> dict[tuple[str, str], Cell]:
    """Return the cells, of an actor who read in several ways the worst."""
    found: dict[tuple[str, str], Cell] = {}
    for at, cell in cells:
        if at not in found or _rank(cell.state) < _rank(found[at].state):
            found[at] = cell
    return found


def _selected(
    name: str, access: RelationAccess | None, sharers: Sequence[str]
) -> Iterator[tuple[tuple[str, str], Cell]]:
    """Yield the cells of SELECT; a relation that is declared public is not read."""
    if access is not None:
        yield from read_cells(access)
    elif sharers:
        shared = Cell(State.SHARED, f"{name} is declared readable by everybody")
        yield from (((actor, "SELECT"), shared) for actor in (OWNER, *sharers))


def _held(relation: Relation, verb: str) -> bool:
    held = relation.privileges.values()
    if verb in {"INSERT", "UPDATE"}:
        return any(one.insert if verb == "INSERT" else one.update for one in held)
    return any(verb.lower() in one.others for one in held)


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
    kind = "reached beside the policies" if harm.kind == "residual" else harm.kind
    return f"{kind}: {harm.victim}'s row{at}: {harm.what}{through}"


def _rank(state: State) -> int:
    return list(State).index(state)
