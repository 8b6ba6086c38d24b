"""The isolation matrix of a run, from the evidence that its checks had gathered."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from pytest_readiness.evidence.access import AccessEvidence
from pytest_readiness.evidence.attacks import (
    Assault,
    CallEvidence,
    EscalationEvidence,
    InferenceEvidence,
    RoleEvidence,
    SessionEvidence,
    ViewEvidence,
    WriteEvidence,
)
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.judges.isolation.matrix import Gathered, Matrix, matrix

if TYPE_CHECKING:
    from pytest_readiness.gather.store import Store

T = TypeVar("T")
_FURTHER = (EscalationEvidence, CallEvidence, ViewEvidence, SessionEvidence, RoleEvidence)


@dataclass
class _Shelf:
    """Takes evidence that is there, and notes what is not.

    Attributes:
        missing: What is not there, and why.
    """

    store: Store
    missing: list[str] = field(default_factory=list)

    def take(self, kind: type[T]) -> T | None:
        try:
            found = self.store.gathered(kind)
        except EvidenceError as error:
            self.missing.append(str(error))
            return None
        undeclared = getattr(found, "undeclared", "")
        if undeclared and undeclared not in self.missing:
            self.missing.append(undeclared)
        return found

    def further(self) -> tuple[Assault, ...]:
        """Return the attacks by other ways than plain statements."""
        kinds = [self.take(kind) for kind in _FURTHER]
        return tuple(assault for found in kinds if found is not None for assault in found.assaults)


def isolation_matrix(store: Store) -> Matrix | None:
    """Assemble the matrix of what was gathered; None when nothing of isolation was."""
    shelf = _Shelf(store)
    catalog, owners = shelf.take(CatalogEvidence), shelf.take(Owners)
    access, writes = shelf.take(AccessEvidence), shelf.take(WriteEvidence)
    if catalog is None or (access is None and writes is None):
        return None
    inferences, further = shelf.take(InferenceEvidence), shelf.further()
    public = owners.public if owners else frozenset()
    return matrix(Gathered(catalog, public, access, writes, inferences, further, tuple(shelf.missing)))
