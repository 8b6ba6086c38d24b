"""What was done to rows that name no owner.

Whoever signed in may keep a list that is everybody's; that somebody who did not may change or delete what
all others see was meant by nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.gather.attacks.field import telling

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.gather.attacks.attempts import Attempt, Outcome
    from pytest_readiness.gather.attacks.field import Field

_KINDS = {"UPDATE": "altered", "DELETE": "destroyed"}
_DONE = {"UPDATE": "changed", "DELETE": "deleted"}


@dataclass(frozen=True, slots=True)
class Unowned:
    """What attempts on a relation without owners came to.

    Attributes:
        harms: What strangers did to what is everybody's.
        doubt: Why nothing is proven, and in the next lines the settings to add; empty where nothing was
            reached.
    """

    harms: tuple[Harm, ...] = ()
    doubt: str = ""


def unowned(field: Field, name: str, verb: str, attempts: Sequence[tuple[Attempt, Outcome]]) -> Unowned:
    """Tell what became of rows of which nothing says whose they are."""
    relation, owners = field.catalog.relation(name), field.owners
    if relation is None or relation.kind not in TABLE_KINDS or name in owners.owned or verb not in _KINDS:
        return Unowned()
    spare = field.population.spare.get(name)
    reached = [
        (attempt, outcome)
        for attempt, outcome in attempts
        if not outcome.state and (_gone(name, outcome) or (spare == attempt.before and outcome.touched))
    ]
    profile = field.target.profile
    nameless = {*profile.clients} - {profile.user}
    strangers = [one for one in reached if one[0].actor.role in nameless]
    if strangers:
        attempt, outcome = strangers[0]
        script = field.script(name, attempt.actor, attempt.steps, before=attempt.before)
        gone = _gone(name, outcome)
        what = telling(gone[0]) if gone else "one that was put there for it"
        return Unowned((Harm(attempt.actor.name, _KINDS[verb], name, "everybody", what, script),))
    if not reached and attempts and (why := field.population.unmade.get(name)):
        return Unowned(doubt=f"it is empty, and no row could be put there: {why}")
    if not reached or name in owners.nobodys | owners.public:
        return Unowned()
    said = f"nothing tells whom its rows belong to, and {reached[0][0].actor.name} {_DONE[verb]} them"
    declare = f'[isolation] owners = {{ "{name}" = "COLUMN" }}, or world_readable = ["{name}"]'
    return Unowned(doubt=f"{said}\n{declare}")


def _gone(name: str, outcome: Outcome) -> list[dict[str, object]]:
    return list(outcome.changed[name].gone) if name in outcome.changed else []
