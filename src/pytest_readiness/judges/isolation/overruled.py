"""Policies that let fewer do one thing, beside one that lets more do everything: any of them is enough.

A policy for DELETE that asks for a rank says that others are not to delete. Where one FOR ALL stands beside
it that does not ask, it says so in vain: taken away, it would be missed by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pytest_readiness.evidence.catalog import Policy, Relation

_VERBS = ("DELETE", "UPDATE", "INSERT")


@dataclass(frozen=True, slots=True)
class Overlap:
    """What lets somebody do one thing.

    Attributes:
        verb: That it is about.
        narrow: The policies for it alone.
        wide: Those for everything.
    """

    verb: str
    narrow: tuple[Policy, ...]
    wide: tuple[Policy, ...]

    @property
    def said(self) -> str:
        """By which policy it comes about, for people."""
        wide, narrow = (", ".join(policy.name for policy in some) for some in (self.wide, self.narrow))
        return f"policy {wide}, which is FOR ALL, so that policy {narrow} keeps nobody from it"


@dataclass(frozen=True, slots=True)
class Reached:
    """Which rows somebody reached, who is one thing or another in a tenant.

    Attributes:
        by_all: As things are.
        by_wide: Without the policies for that alone.
        by_narrow: With nothing but these.
    """

    by_all: frozenset[str]
    by_wide: frozenset[str]
    by_narrow: frozenset[str]


def overlaps(relation: Relation, roles: Collection[str]) -> Iterator[Overlap]:
    """Yield what both kinds of policies of a relation say to these roles; alike, they say nothing."""
    given = [one for one in relation.policies if one.permissive and {"public", *roles} & {*one.roles}]
    wide = tuple(one for one in given if one.command == "ALL")
    for verb in _VERBS if wide else ():
        narrow = tuple(one for one in given if one.command == verb)
        if narrow and not {_asked(one, verb) for one in narrow} & {_asked(one, verb) for one in wide}:
            yield Overlap(verb, narrow, wide)


def overruled(seen: Sequence[Reached]) -> int | None:
    """Return the place of who does what the narrow policies are to keep him from; None if they do.

    They are for somebody, they refuse it to others, and nobody is let through by them alone.
    """
    idle = all(one.by_all == one.by_wide for one in seen)
    meant = frozenset[str]().union(*(one.by_narrow for one in seen))
    kept = (n for n, one in enumerate(seen) if one.by_all & meant and not one.by_narrow)
    return next(kept, None) if idle else None


def _asked(policy: Policy, verb: str) -> str:
    return (policy.check or policy.using) if verb == "INSERT" else policy.using
