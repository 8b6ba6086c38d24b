"""How many hits are admitted of a budget: at once, by their cost, after a pause, and by several callers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_readiness.judges.edge.guarantees import BUCKET, STRICT, admitted_of, refill
from pytest_readiness.judges.edge.schedules import one_line
from pytest_readiness.judges.edge.undecided import Undecided

if TYPE_CHECKING:
    from pytest_readiness.evidence.admissions import Neighbours, Promise, Race, Trial


def first_admitted(_promise: Promise, trial: Trial) -> str:
    """As many as the limit has to be admitted first."""
    admitted = sum(bool(hit.allowed) for hit in trial.hits[: trial.size])
    return "" if admitted == trial.size else f"{admitted} of the first {trial.size} hits are admitted"


def next_refused(promise: Promise, trial: Trial) -> str:
    """No more than the limit may be admitted, but for what is refilled meanwhile."""
    admitted = admitted_of(trial.hits)
    most = trial.size + refill(promise, trial, trial.hits)
    return (
        f"{admitted} of {len(trial.hits)} hits are admitted, and not {trial.size}" if admitted > most else ""
    )


def at_once(promise: Promise, trial: Trial) -> str:
    """Exactly the limit has to be admitted in one instant."""
    return first_admitted(promise, trial) or next_refused(promise, trial)


def costs(_promise: Promise, trial: Trial) -> str:
    """A hit has to be admitted while as much as it costs is left, and only then."""
    left = trial.size
    for number, hit in enumerate(trial.hits, 1):
        if bool(hit.allowed) != (hit.cost <= left):
            verb = "admitted" if hit.allowed else "refused"
            return f"hit {number}, of cost {hit.cost}, is {verb} while {left} of {trial.size} are left"
        if hit.allowed:
            left -= hit.cost
        if hit.remaining is not None and hit.remaining < 0:
            return f"hit {number} says that {hit.remaining:g} remain"
    return ""


def idle_credit(promise: Promise, trial: Trial) -> str:
    """A pause may earn no more than the limit."""
    after = trial.hits[trial.asked :]
    admitted, most = admitted_of(after), trial.size + refill(promise, trial, after)
    if admitted <= most:
        return ""
    return f"{admitted} hits are admitted at once after the pause, and not {trial.size}"


def tier_kept(_promise: Promise, trial: Trial) -> str:
    """The tightest of several limits has to be kept, and to end in time."""
    before, later = trial.hits[: trial.asked], trial.hits[trial.asked :]
    admitted, passed_by = admitted_of(before), before[-1].end - before[0].start
    most = trial.limit + math.floor(trial.limit * passed_by / trial.window + 0.5)
    if not trial.limit <= admitted <= most:
        return f"{admitted} of {len(before)} hits are admitted, and not {trial.limit}"
    if admitted == len(before):
        raise Undecided(f"{one_line(trial)}: none is refused, nor more admitted than a bucket would refill")
    again = admitted_of(later)
    return "" if again == len(later) else f"{again} of {len(later)} are admitted when it is over"


def recovers(_promise: Promise, trial: Trial) -> str:
    """The whole limit has to be there again after the preparation."""
    after = trial.hits[trial.asked : trial.asked + trial.size]
    admitted = admitted_of(after)
    return "" if admitted == trial.size else f"{admitted} of {trial.size} hits are admitted in the end"


def lowered(_promise: Promise, trial: Trial) -> str:
    """A lower limit has to hold for keys that had used up the old one, and to be there whole in the end."""
    after = trial.hits[trial.asked : trial.asked + 2]
    if any(hit.allowed for hit in after):
        return "a key that had used up the old limit is admitted under the lower one"
    later = trial.hits[trial.asked + 2 :]
    admitted = admitted_of(later)
    if admitted == trial.size:
        return ""
    return f"{admitted} are admitted after two windows, and not {trial.size}"


def skewed(_promise: Promise, trial: Trial) -> str:
    """Nodes whose clocks differ have to share one limit."""
    together, later = admitted_of(trial.hits[: trial.asked]), admitted_of(trial.hits[trial.asked :])
    if together != trial.size:
        return f"{together} hits of both nodes are admitted, and not {trial.size}"
    return "" if later == trial.size else f"{later} of {trial.size} are admitted two windows later"


def set_back(promise: Promise, trial: Trial) -> str:
    """A clock that is set back may neither admit more nor refuse for ever."""
    together, later = admitted_of(trial.hits[: trial.asked]), admitted_of(trial.hits[trial.asked :])
    most = trial.size if promise.guarantee in {STRICT, BUCKET} else 2 * trial.size
    if together > most:
        return f"{together} hits are admitted around the correction, and not {most}"
    return "" if later == trial.size else f"{later} of {trial.size} are admitted two windows later"


def raced(promise: Promise, race: Race) -> str:
    """Callers at once may not be admitted more often than one after another."""
    most = race.budget
    if promise.guarantee != STRICT:
        most += math.floor(race.limit * race.seconds / race.window + 0.2)
    if race.admitted > most:
        return f"{race.admitted} are admitted, and not {race.budget}"
    if race.admitted == 0:
        raise Undecided(f"{one_line(race)}: nobody is admitted")
    return ""


def apart(_promise: Promise, pair: Neighbours) -> str:
    """A key has to have its whole limit after another one used up its own."""
    if pair.admitted == pair.limit:
        return ""
    if pair.alone is not None and pair.alone < pair.limit:
        raise Undecided(f"of {pair.limit} hits of a key that nobody else has, {pair.alone} are admitted")
    return f"{pair.admitted} of {pair.limit} are admitted: the two share a budget"
