"""Attacks every limited endpoint that settings declare."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from pytest_readiness.evidence.endpoints import (
    EndpointEvidence,
    Interruption,
    LimitedEndpoint,
    Refusal,
    Volley,
)
from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.gather.endpoints import attacks
from pytest_readiness.gather.endpoints.era import Era
from pytest_readiness.gather.endpoints.siege import Siege
from pytest_readiness.gather.limits.trials import promise_of
from pytest_readiness.judges.edge import lingering
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from pytest_readiness.settings import Http, Limit


@gatherer(strength=Strength.ATTACKED)
def endpoints(target: Target) -> EndpointEvidence:
    """Attack every endpoint, each on a service and a Redis of its own."""
    declared = [limit for limit in target.settings.limits if limit.http]
    if not declared:
        return EndpointEvidence((), absent="settings declare no limited endpoint ([[limits]] with `http`)")
    return EndpointEvidence(tuple(besieged(target, limit) for limit in declared))


def _others(target: Target, http: Http) -> tuple[Http, ...]:
    """Return the other paths of the same service that have limits of their own."""
    every = (limit.http for limit in target.settings.limits)
    return tuple(one for one in every if one and one.service == http.service and one.path != http.path)


def besieged(target: Target, limit: Limit, groups: tuple[str, ...] = ()) -> LimitedEndpoint:
    """Attack one endpoint, in all ways or in those of some groups.

    One that still refuses when its time is over may have kept that by the monotonic clock: where it does not
    when that goes along, nothing was wrong with that. Only a Python takes it along.
    """
    first, follows = _besieged(target, limit, groups)
    again = lingering.groups(first) if follows else ()
    if not again:
        return first
    second, _ = _besieged(target, limit, again, monotonic=True)
    return lingering.joined(first, second)


def _besieged(
    target: Target, limit: Limit, groups: tuple[str, ...], *, monotonic: bool = False
) -> tuple[LimitedEndpoint, bool]:
    """Return what was seen, and whether a Python was there whose monotonic clock could go along."""
    http = limit.http
    assert http is not None  # noqa: S101  asked for by the caller
    with ExitStack() as stack:
        era = Era(target, stack, monotonic=monotonic)
        connection = target.database()
        values = {"database_url": target.database_url(connection), "redis_url": era.url}
        running = stack.enter_context(target.serving(http.service, values, also=era.variables))
        lines = stack.enter_context(running.lines())
        siege = Siege(running, lines, era, limit, http, connection, others=_others(target, http))
        siege.calm()
        first = siege.shot()
        if first.status not in SUCCESS:
            broken = (
                f"a first request is answered {first.status or first.error}, so that refusals prove nothing"
            )
            where, promise = f"{http.method} {http.path}", promise_of(limit)
            return LimitedEndpoint(limit.name, where, promise, era.technique, (), None, (), broken), False
        seen = attacks.made(siege, groups)
        endpoint = LimitedEndpoint(
            name=limit.name,
            where=f"{http.method} {http.path}",
            promise=promise_of(limit),
            technique=era.technique,
            volleys=tuple(one for one in seen if isinstance(one, Volley)),
            admitted=siege.seen(first),
            refusals=tuple(one for one in seen if isinstance(one, Refusal)),
            interruptions=tuple(one for one in seen if isinstance(one, Interruption)),
            instances=len(running.places),
        )
        return endpoint, era.moves and running.has_python
