"""What all calls of a function came to, and why that may prove nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.attempts import HUNG
from pytest_readiness.gather.attacks.calling.relation_names import takes_names
from pytest_readiness.judges.migrations.dependents import lacking, unbuilt_things

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

_BROKEN = frozenset({"42P01", "42703", "42883", "42702", "42804", "42601", "42P02"})

_UNSAYABLE = frozenset({"23502", "22007"})
"""What a row lacks that no argument says, and a moment that no argument spells."""


def came_to(field: Field, function: Function, outcomes: Sequence[Outcome], doubt: str) -> tuple[str, str]:
    """Return what the calls came to, and why nothing is proven.

    A function that is told names may fail on those that were made up, and do its work with others; one that
    fails for want of what another migration would have made works where that was applied; and one that looks
    at a table without a row of anybody's had nothing to do harm to.

    Args:
        field: With the target that was built.
        function: That was called.
        outcomes: Of all calls.
        doubt: What is known already to prove nothing.
    """
    if doubt:
        return "done", doubt
    if not outcomes:
        return "refused", ""
    first = outcomes[0]
    if all(one.state in _BROKEN for one in outcomes):
        return _broken(field, function, first)
    if all(one.state in HUNG for one in outcomes):
        return first.state, "every call was ended after its time, or over the room that it took"
    if {one.state for one in outcomes} == {first.state} and first.state in _UNSAYABLE:
        return "done", f"no call came through, whatever it was given: {first.state} {first.message}"
    return "done", _unfilled(field, function)


def _broken(field: Field, function: Function, outcome: Outcome) -> tuple[str, str]:
    if takes_names(field, function):
        return "done", f"it takes names, and came through with none that was tried: {outcome.state}"
    if missing := _unbuilt(field, outcome.message):
        return "done", f"it fails for want of {missing}, which a migration that failed would have made"
    return f"{outcome.state} {outcome.message}", "it fails on every call"


def _unfilled(field: Field, function: Function) -> str:
    """Say which table that a function looks at has no row of anybody's; empty where all have."""
    unfilled = field.population.unfilled
    empty = sorted(field.texts.function_reach(function) & unfilled.keys())
    return f"no row could be made in {empty[0]}, at which it looks: {unfilled[empty[0]]}" if empty else ""


def _unbuilt(field: Field, message: str) -> str:
    """Return what the server misses, if a migration that failed would have made it."""
    history = field.target.built.migrations.migrations
    missing = lacking(message)
    things = unbuilt_things(history) if missing else ()
    return str(missing) if missing and any(thing.meets(missing) for thing in things) else ""
