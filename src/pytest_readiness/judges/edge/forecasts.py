"""Whether what a decision says of later hits comes true."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.edge.guarantees import BUCKET, COUNTER, FIXED, STRICT, admitted_of
from pytest_readiness.judges.edge.schedules import one_line
from pytest_readiness.judges.edge.undecided import Undecided

if TYPE_CHECKING:
    from pytest_readiness.evidence.admissions import Promise, Trial, Wait


def retry_after(_promise: Promise, wait: Wait) -> str:
    """A hit has to be refused before what retry_after says, and admitted after it."""
    if wait.answer is None:
        raise Undecided("the decision has no retry_after")
    if not 0 < wait.answer <= 2 * wait.window:
        return f"retry_after is {wait.answer:g}, which lies outside of two windows"
    if wait.early:
        return f"retry_after is {wait.answer:g} s, and a hit before that is admitted"
    if not wait.late:
        return f"retry_after is {wait.answer:g} s, and a hit after that is refused"
    _asked_before(wait)
    return ""


def reset_after(promise: Promise, wait: Wait) -> str:
    """The whole budget has to be there after what reset_after says, and not before."""
    if wait.answer is None:
        raise Undecided("the decision has no reset_after")
    if not 0 < wait.answer <= 2 * wait.window + 1:
        return f"reset_after is {wait.answer:g}, which lies outside of two windows"
    if wait.late < wait.wanted:
        return f"reset_after is {wait.answer:g} s, and {wait.late} of {wait.wanted} are admitted then"
    # Two weighted windows can only name a time at which the older one counts for nothing.
    exact = promise.guarantee in {STRICT, BUCKET, FIXED}
    if exact and wait.early == wait.wanted:
        return f"reset_after is {wait.answer:g} s, and the whole budget is there before"
    if exact:
        _asked_before(wait)
    return ""


def _asked_before(wait: Wait) -> None:
    """See that the time before was looked at, where there was any.

    Raises:
        Undecided: It was not, as hits took too long.
    """
    if wait.due and wait.early is None:
        raise Undecided(f"{one_line(wait)}: no hit before that was answered in time")


def remaining(promise: Promise, trial: Trial) -> str:
    """As many as are said to remain have to be admitted."""
    if all(hit.remaining is None for hit in trial.hits):
        raise Undecided("the decision has no remaining")
    for number, hit in enumerate(trial.hits, 1):
        if hit.remaining is None:
            return f"hit {number} does not say what remains"
        if not hit.allowed and hit.remaining != 0:
            return f"hit {number} is refused, and says that {hit.remaining:g} remain"
        if hit.remaining < 0:
            return f"hit {number} says that {hit.remaining:g} remain"
        if not trial.asked and hit.allowed and hit.remaining != trial.size - number:
            return f"hit {number} says that {hit.remaining:g} remain, and not {trial.size - number}"
    if not trial.asked:
        return ""
    last = trial.hits[trial.asked - 1]
    said, admitted = last.remaining or 0, admitted_of(trial.hits[trial.asked :])
    off = 1 if promise.guarantee == COUNTER else 0
    return "" if abs(said - admitted) <= off else f"{said:g} are said to remain, and {admitted} are admitted"
