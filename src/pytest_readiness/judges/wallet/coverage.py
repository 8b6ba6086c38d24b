"""How much of the wallet's functions the trials and the runs came to."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.wallet import BetweenEvidence

_SHOWN = 8
_WIDEST = 60


def held(between: BetweenEvidence) -> str:
    """Say how much of a service was held on its way to the server."""
    runs = sum(exploration.runs for exploration in between.explorations)
    one = "" if between.instances > 1 else "; a lock within the service was not told from one in the database"
    instances = "1 instance" if between.instances == 1 else f"{between.instances} instances"
    return (
        f"{between.statements} statements of {instances} of the service were held in {runs} runs with one "
        f"preemption each{one}; bounds: {between.seconds_a_run:g} s a run, "
        f"{between.seconds:g} s for a shard of them"
    )


def told(between: BetweenEvidence) -> str:
    """Say how many statements were come to, and which were not; "no failure" says no more than that."""
    missed = [place for place in between.places if place.number not in between.reached]
    functions = len({place.function for place in between.places})
    runs = sum(exploration.runs for exploration in between.explorations)
    total = len(between.places)
    text = (
        f"{total - len(missed)} of {total} statements of {functions} functions were come to by the trials "
        f"and by {runs} runs with one preemption each; bounds: {between.seconds_a_run:g} s a run, "
        f"{between.seconds:g} s for a shard of them"
    )
    if not missed:
        return text
    more = f", and {len(missed) - _SHOWN} more" if len(missed) > _SHOWN else ""
    return f"{text}. Not: {'; '.join(str(place)[:_WIDEST] for place in missed[:_SHOWN])}{more}"
