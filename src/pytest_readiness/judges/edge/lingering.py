"""What a second siege, in which the monotonic clock goes along, changes about the first."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.endpoints import Interruption, LimitedEndpoint, Refusal, Volley
from pytest_readiness.evidence.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator

_AGAIN = "; what was refused for too long was tried again, with the monotonic clock moved along"


def groups(first: LimitedEndpoint) -> tuple[str, ...]:
    """Return the ways to try again: those of whatever may be so because somebody was refused for too long."""
    ways = {_group(one) for one in _doubtful(first)} if first.lingers else set()
    unasked = not first.of("process")  # where the first process served less than its limit
    return tuple(sorted(ways | ({"process"} if "exact" in ways and unasked else set())))


def _group(one: Volley | Refusal | Interruption) -> str:
    if isinstance(one, Volley):
        return {"crowd": "exact", "guess": "bypass", "stranger": "bypass"}.get(one.group, one.group)
    return "refusal" if isinstance(one, Refusal) else "outage"


def joined(first: LimitedEndpoint, second: LimitedEndpoint) -> LimitedEndpoint:
    """Return all of the second beside what is beyond doubt of the first, which stands if that lingers too."""
    if second.broken or second.lingers:
        return first
    doubtful = (*_doubtful(first),)
    return replace(
        first,
        technique=first.technique + _AGAIN,
        volleys=(
            *(one for one in first.volleys if one not in doubtful or _beyond(first, one)),
            *second.volleys,
        ),
        refusals=(*map(_without_end, first.refusals), *second.refusals),
        interruptions=(*(one for one in first.interruptions if one not in doubtful), *second.interruptions),
    )


def _doubtful(first: LimitedEndpoint) -> Iterator[Volley | Refusal | Interruption]:
    """Yield what lingers, and what that leads to.

    Who is refused for what is long over uses up nothing, so that there may be nothing to get around: that is
    so for all where the first requests of a limit were refused, and for callers without a credential anyhow.
    """
    yield from first.lingering
    unused = any(isinstance(one, Volley) and one.group == "exact" for one in first.lingering)
    yield from first.of("guess", "stranger", *(["bypass"] * unused))
    if first.promise.on_redis_failure == "admit":
        yield from (one for one in first.interruptions if not {*one.statuses} <= {*SUCCESS})


def _beyond(first: LimitedEndpoint, volley: Volley) -> bool:
    """Whether more was let through than may be, which nobody's refusal excuses."""
    counted = volley.group in {"exact", "crowd"}
    return counted and max(volley.served, volley.work or 0) > first.promise.limit


def _without_end(refusal: Refusal) -> Refusal:
    """Return what it shows beside how long it lasted, where that was too long."""
    return replace(refusal, late=None) if refusal.late == 0 else refusal
