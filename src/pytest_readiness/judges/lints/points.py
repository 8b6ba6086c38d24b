"""What a lint says, and what an attack says of the same object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.vocabulary import failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import AccessEvidence
    from pytest_readiness.vocabulary import Finding

HOLDS, LEAKS, UNCLEAR = "holds", "leaks", "unclear"


@dataclass(frozen=True, slots=True)
class Point:
    """An object that the catalog points at.

    Attributes:
        subject: Its name.
        detail: What was seen, and what follows from it.
        look: SQL that shows it.
        fix: SQL that mends it, or what to change.
        relation: Whose rows the attacks have tried to read; empty where no attack can tell.
    """

    subject: str
    detail: str
    look: str
    fix: str
    relation: str = ""


def findings(
    points: Iterable[Point], examined: int, noun: str, access: AccessEvidence | None = None
) -> Iterator[Finding]:
    """Yield a finding for each point, or one pass that says how much was looked at.

    Where an attack contradicts the catalog, the attack wins, and the finding says so.
    """
    found = False
    for point in points:
        found = True
        said = attacked(access, point.relation) if access and point.relation else ""
        if said == HOLDS:
            yield passed(point.subject, f"catalog: possible ({point.detail}); attacked: holds")
            continue
        if said == UNCLEAR:
            fix = f'{point.fix} Or declare it: [isolation] world_readable = ["{point.relation}"]'
            yield unknown(point.subject, f"{point.detail}; attacked: others may be meant to read it", fix=fix)
            continue
        confirmed = " (catalog: possible; attacked: leaks)" if said == LEAKS else ""
        yield failed(point.subject, f"{point.detail}{confirmed}", reproduce=point.look, fix=point.fix)
    if not found:
        yield passed(noun, f"{examined} looked at" if examined else "there are none")


def attacked(access: AccessEvidence, name: str) -> str:
    """Say what attempts to read a relation came to; empty where they tell nothing."""
    relation = next((r for r in access.relations if r.relation == name), None)
    if access.undeclared or relation is None or not relation.reads:
        return ""
    others = relation.reads[1:]
    if any(read.foreign for read in others):
        meant = relation.keys_only or relation.open_by or relation.published_by or relation.door
        leaks = UNCLEAR if relation.unclear else LEAKS
        return HOLDS if meant else leaks
    if relation.untold:
        return UNCLEAR
    known = relation.nobodys or (relation.rows and not relation.unfilled)
    return HOLDS if known and others else ""
