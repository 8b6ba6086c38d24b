"""Whether a limiter keeps what it promises, from what it said to whom and when."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.admissions import (
    AdmissionEvidence,
    Limiter,
    Neighbours,
    Observation,
    Promise,
    Race,
    Trial,
    Untried,
)
from pytest_readiness.judges.edge import budgets, forecasts, leftovers, losses, rates
from pytest_readiness.judges.edge.guarantees import BUCKET, FIXED, STRICT
from pytest_readiness.judges.edge.schedules import one_line, reproduction
from pytest_readiness.judges.edge.undecided import Undecided
from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def findings(evidence: AdmissionEvidence, *properties: str) -> Iterator[Finding]:
    """Judge these properties of every limiter; a property that nothing was seen of yields nothing."""
    for limiter in evidence.limiters:
        for prop in properties:
            subject = f"{limiter.name}: {prop}"
            if prop in limiter.unseen:
                yield unknown(subject, f"not determined: {limiter.unseen[prop]}")
                continue
            seen = limiter.of(prop)
            if seen:
                yield _finding(subject, limiter, prop, seen)


def _finding(subject: str, limiter: Limiter, prop: str, seen: tuple[Observation, ...]) -> Finding:
    judge: Callable[[Promise, Any], str] = _JUDGES[prop]
    undecided: list[str] = []
    for one in seen:
        if isinstance(one, Untried):
            undecided.append(one.what)
            continue
        try:
            wrong = _raised(one) or judge(limiter.promise, one)
        except Undecided as why:
            undecided.append(str(why))
            continue
        if wrong:
            return failed(subject, f"{one_line(one)}: {wrong}.", reproduce=reproduction(limiter, one))
    if undecided:
        return unknown(subject, undecided[0])
    trials = f"{len(seen)} trials on {limiter.technique}{_most(seen)}"
    return passed(subject, f"{_tightest(limiter, prop, seen)}{trials}")


def _most(seen: tuple[Observation, ...]) -> str:
    """Say how many callers were apart, where there was time for more than two."""
    callers = max((one.callers for one in seen if isinstance(one, Neighbours)), default=2)
    return f"; {callers} callers were apart" if callers > 2 else ""  # noqa: PLR2004  a pair


def _tightest(limiter: Limiter, prop: str, seen: tuple[Observation, ...]) -> str:
    """Say what was kept of a limiter that declares nothing."""
    if limiter.promise.guarantee or prop not in {"worst_window", "short_burst"}:
        return ""
    for guarantee in (STRICT, BUCKET, FIXED):
        promise = Promise(limiter.promise.limit, limiter.promise.window, guarantee)
        if not any(
            rates.worst_window(promise, one) or rates.short_burst(promise, one)
            for one in seen
            if isinstance(one, Trial)
        ):
            return f'undeclared; the tightest guarantee that held is "{guarantee}": '
    return ""


def _raised(seen: Observation) -> str:
    """Return the exception that came in place of a decision, where there has to be one."""
    if isinstance(seen, Trial):
        return next((f"hit() raised {hit.error}" for hit in seen.hits if hit.error), "")
    if isinstance(seen, Race) and seen.hung:
        return f"{seen.hung} callers had no answer after {seen.seconds:.0f} s"
    if isinstance(seen, Race | Neighbours):
        return f"hit() raised {seen.error}" if seen.error else ""
    return ""


_JUDGES: dict[str, Callable[[Promise, Any], str]] = {
    "first_n_admitted": budgets.first_admitted,
    "next_refused": budgets.next_refused,
    "same_instant": budgets.at_once,
    "cost_exact": budgets.costs,
    "limit_lowered": budgets.lowered,
    "worst_window": rates.worst_window,
    "short_burst": rates.short_burst,
    "fractional_window": rates.fractional_window,
    "idle_credit": budgets.idle_credit,
    "tier_kept": budgets.tier_kept,
    "recovers": budgets.recovers,
    "no_starvation": rates.no_starvation,
    "throughput_fair": rates.fair_share,
    "app_clock_skew": budgets.skewed,
    "clock_backwards": budgets.set_back,
    "lockstep_race": budgets.raced,
    "threads_race": budgets.raced,
    "instances_share": budgets.raced,
    "keys_isolated": budgets.apart,
    "keys_distinct": budgets.apart,
    "ttl_set": leftovers.ends,
    "crash_between_commands": leftovers.ends,
    "expiry_between_commands": leftovers.ends,
    "memory_bounded": leftovers.bounded,
    "retry_after_truthful": forecasts.retry_after,
    "reset_truthful": forecasts.reset_after,
    "remaining_exact": forecasts.remaining,
    "script_flush": losses.scripts_flushed,
    "flushall": losses.emptied,
    "redis_restart": losses.restarted,
    "redis_down": losses.decided_without,
    "redis_hung": losses.decided_without,
    "redis_slow": losses.decided_without,
    "redis_readonly": losses.decided_without,
}
