"""What a limiter does when Redis has forgotten something, or does not answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.admissions import Outage
from pytest_readiness.judges.edge.budgets import at_once
from pytest_readiness.judges.edge.guarantees import admitted_of

if TYPE_CHECKING:
    from pytest_readiness.evidence.admissions import Promise, Trial

_GRACE_S = 0.3


def scripts_flushed(promise: Promise, trial: Trial) -> str:
    """The limit has to be kept when Redis has forgotten the scripts."""
    return at_once(promise, trial)


def emptied(_promise: Promise, trial: Trial) -> str:
    """No more than a whole limit may be admitted after all keys are gone."""
    between = admitted_of(trial.hits[trial.size : trial.asked])
    if between > trial.size:
        return f"{between} are admitted after it, and not {trial.size}"
    later = admitted_of(trial.hits[trial.asked :])
    return "" if later == trial.size else f"{later} are admitted two windows later, and not {trial.size}"


def restarted(promise: Promise, seen: Trial | Outage) -> str:
    """The whole limit has to be there in the end, after Redis was started again."""
    if isinstance(seen, Outage):
        return decided_without(promise, seen)
    admitted = admitted_of(seen.hits[seen.asked :])
    return "" if admitted == seen.size else f"{admitted} are admitted in the end, and not {seen.size}"


def decided_without(promise: Promise, outage: Outage) -> str:
    """A decision has to be made in time, as declared."""
    if outage.what == "Redis is back":
        return outage.error
    if outage.allowed is None:
        return f"hit() raised {outage.error}" if "no decision" not in outage.error else outage.error
    if outage.seconds > promise.failure_within + _GRACE_S:
        return f"the decision took {outage.seconds:.1f} s, and {promise.failure_within:g} s are declared"
    wanted = {"refuse": False, "admit": True}.get(promise.on_redis_failure)
    if outage.answered or wanted is None or outage.allowed is wanted:
        return ""
    verb = "admitted" if outage.allowed else "refused"
    return f'the hit is {verb}, and on_redis_failure = "{promise.on_redis_failure}" is declared'
