"""Counts what attempts came to, actor by actor: how many is all that is kept of those that did no harm."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Tried
from pytest_readiness.evidence.statuses import REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.gather.attacks.attempts import Attempt, Outcome

_REFUSALS = frozenset({REFUSED, "44000"})
"""44000 is how a view refuses a row that it would not show."""


def tally(tried: Iterable[tuple[Attempt, Outcome]]) -> tuple[Tried, ...]:
    """Return one count for each actor, in the order in which they first appear."""
    by_actor: dict[str, list[Outcome]] = {}
    for attempt, outcome in tried:
        by_actor.setdefault(attempt.actor.name, []).append(outcome)
    return tuple(_counted(actor, outcomes) for actor, outcomes in by_actor.items())


def _counted(actor: str, outcomes: list[Outcome]) -> Tried:
    done = [outcome for outcome in outcomes if not outcome.state]
    refused = sum(outcome.state in _REFUSALS for outcome in outcomes)
    others = [f"{o.state} {o.message}" for o in outcomes if o.state and o.state not in _REFUSALS]
    touched = sum(outcome.touched for outcome in done)
    return Tried(actor, len(outcomes), refused, len(done), touched, next(iter(others), ""))
