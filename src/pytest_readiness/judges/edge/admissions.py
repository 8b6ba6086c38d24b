"""Whether a limiter keeps what it promises, from what it said to whom and when."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.admissions import (
    AdmissionEvidence,
    Growth,
    Hit,
    Leftover,
    Limiter,
    Neighbours,
    Observation,
    Outage,
    Promise,
    Race,
    Trial,
    Untried,
    Wait,
)
from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

STRICT, COUNTER, BUCKET, FIXED = (
    "sliding-window-log",
    "sliding-window-counter",
    "token-bucket",
    "fixed-window",
)
_ROUNDING_S = 0.003
"""Servers keep time in milliseconds, and read their clock once in one."""
_BURST = 12
"""A short burst is what is admitted in a twelfth of a window."""
_GROWS = 1.5
_SLACK_BYTES = 128
_FAIR, _STARVED = 0.9, 0.8
_LONGEST_LIFE = 3
_GRACE_S = 0.3


class _Undecided(Exception):  # noqa: N818  no error: nothing can be told
    """Nothing can be told, and why."""


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
        except _Undecided as why:
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
        if not any(_window(promise, one) or _burst(promise, one) for one in seen if isinstance(one, Trial)):
            return f'undeclared; the tightest guarantee that held is "{guarantee}": '
    return ""


def one_line(seen: Observation) -> str:
    """Say what was done."""
    if isinstance(seen, Neighbours):
        return f"{seen.first!r:.60} used up, then {seen.limit} hits of {seen.second!r:.60}"
    if isinstance(seen, Trial | Race | Wait):
        return f"limit {seen.limit} in {seen.window:g} s, {seen.what}"
    return seen.what


def reproduction(limiter: Limiter, seen: Observation) -> str:
    """Return the schedule, as a program with comments for what moves the clock."""
    module, _, function = limiter.place.partition(":")
    limit, window = getattr(seen, "limit", 10), getattr(seen, "window", 60.0)
    lines = [
        f"from {module} import {function}",
        f"limiter = {function}(redis, {limit}, {window!r})",
        f"# {one_line(seen)}",
    ]
    if isinstance(seen, Trial):
        lines += _schedule(seen.hits)
    elif isinstance(seen, Neighbours):
        lines += [
            f"for _ in range({limit + 1}): limiter.hit({seen.first!r})",
            f"print([limiter.hit({seen.second!r}).allowed for _ in range({limit})])",
        ]
    elif isinstance(seen, Wait):
        lines.append(f"# answer: {seen.answer} s; admitted before: {seen.early}, after: {seen.late}")
    return "\n".join(lines)


def _schedule(hits: tuple[Hit, ...], longest: int = 40) -> list[str]:
    """Return lines of one moment each; of a long schedule, the end."""
    moments: list[list[Hit]] = []
    for hit in hits:
        if moments and abs(hit.start - moments[-1][-1].end) < 0.05:  # noqa: PLR2004  one burst
            moments[-1].append(hit)
        else:
            moments.append([hit])
    first = hits[0].start if hits else 0.0
    lines = [
        f"# at {moment[0].start - first:.3f} s\n"
        f"print([limiter.hit('key').allowed for _ in range({len(moment)})])"
        f"  # {sum(bool(hit.allowed) for hit in moment)} admitted"
        for moment in moments
    ]
    skipped = len(lines) - longest
    return [f"# ... {skipped} moments before", *lines[-longest:]] if skipped > 0 else lines


def _raised(seen: Observation) -> str:
    """Return the exception that came in place of a decision, where there has to be one."""
    if isinstance(seen, Trial):
        return next((f"hit() raised {hit.error}" for hit in seen.hits if hit.error), "")
    if isinstance(seen, Race) and seen.hung:
        return f"{seen.hung} callers had no answer after {seen.seconds:.0f} s"
    if isinstance(seen, Race | Neighbours):
        return f"hit() raised {seen.error}" if seen.error else ""
    return ""


def bound(guarantee: str, limit: int, window: float, length: float, burst: int = 0) -> int:
    """Return the most that may be admitted in some stretch of a length up to one window."""
    if guarantee == STRICT:
        return limit
    if guarantee in {COUNTER, BUCKET}:
        return (burst or limit) + math.ceil(limit * length / window)
    return 2 * limit


def _refill(promise: Promise, trial: Trial, hits: tuple[Hit, ...]) -> int:
    """Return how many more may be admitted because the burst took a while."""
    if promise.guarantee == STRICT or not hits:
        return 0
    seconds = hits[-1].end - hits[0].start
    if promise.guarantee == FIXED:
        return trial.limit if seconds > trial.window / 2 else 0
    return math.floor(trial.limit * seconds / trial.window + 0.5)


def _admitted(hits: tuple[Hit, ...]) -> int:
    return sum(hit.cost for hit in hits if hit.allowed)


def _first(_promise: Promise, trial: Trial) -> str:
    admitted = sum(bool(hit.allowed) for hit in trial.hits[: trial.size])
    return "" if admitted == trial.size else f"{admitted} of the first {trial.size} hits are admitted"


def _next(promise: Promise, trial: Trial) -> str:
    admitted = _admitted(trial.hits)
    most = trial.size + _refill(promise, trial, trial.hits)
    return (
        f"{admitted} of {len(trial.hits)} hits are admitted, and not {trial.size}" if admitted > most else ""
    )


def _at_once(promise: Promise, trial: Trial) -> str:
    return _first(promise, trial) or _next(promise, trial)


def _window(promise: Promise, trial: Trial) -> str:
    return _densest(promise, trial, trial.window)


def _burst(promise: Promise, trial: Trial) -> str:
    return _densest(promise, trial, trial.window / _BURST)


def worst(hits: tuple[Hit, ...], length: float) -> tuple[int, float]:
    """Return how many were admitted in the worst stretch of a length, and when that begins.

    Only what certainly lies within it counts: from the start of its first hit to the end of its last.
    """
    admitted = [hit for hit in hits if hit.allowed]
    most, at, last, total = 0, 0.0, 0, 0
    for first, hit in enumerate(admitted):
        last = max(last, first)
        while last < len(admitted) and admitted[last].end - hit.start < length - _ROUNDING_S:
            total += admitted[last].cost
            last += 1
        if total > most:
            most, at = total, hit.start - admitted[0].start
        total -= hit.cost if last > first else 0
    return most, at


def _densest(promise: Promise, trial: Trial, length: float) -> str:
    most, at = worst(trial.hits, length)
    allowed = bound(promise.guarantee, trial.limit, trial.window, length, trial.burst)
    if most <= allowed:
        return ""
    claim = promise.guarantee or f"{FIXED}, the weakest guarantee there is,"
    return f"{most} are admitted within {length:.3g} s from {at:.3f} s on, where {claim} admits {allowed}"


def _fraction(promise: Promise, trial: Trial) -> str:
    if len({hit.allowed for hit in trial.hits}) == 1 or "a hit every" in trial.what:
        return _share(promise, trial, _FAIR)
    return _window(promise, trial)


def _share(promise: Promise, trial: Trial, least: float) -> str:
    """Compare what was admitted with what the limit allows for that time, or with what was asked for."""
    admitted, asked = _admitted(trial.hits), len(trial.hits)
    span = trial.hits[-1].end - trial.hits[0].start
    tiers = (limit * max(1, math.floor(span / window)) for limit, window in promise.tiers)
    fair = min(trial.limit * span / trial.window, asked, *tiers)
    if admitted >= math.floor(least * fair):
        return ""
    return f"{admitted} of {asked} hits are admitted; {fair:.0f} would be the limit's share"


def _fair(promise: Promise, trial: Trial) -> str:
    return _share(promise, trial, _FAIR)


def _starved(promise: Promise, trial: Trial) -> str:
    if promise.counts_refused:
        return ""
    return _share(promise, trial, _STARVED)


def _idle(promise: Promise, trial: Trial) -> str:
    after = trial.hits[trial.asked :]
    admitted, most = _admitted(after), trial.size + _refill(promise, trial, after)
    if admitted <= most:
        return ""
    return f"{admitted} hits are admitted at once after the pause, and not {trial.size}"


def _tier(_promise: Promise, trial: Trial) -> str:
    before, later = trial.hits[: trial.asked], trial.hits[trial.asked :]
    admitted, passed_by = _admitted(before), before[-1].end - before[0].start
    most = trial.limit + math.floor(trial.limit * passed_by / trial.window + 0.5)
    if not trial.limit <= admitted <= most:
        return f"{admitted} of {len(before)} hits are admitted, and not {trial.limit}"
    if admitted == len(before):
        raise _Undecided(f"{one_line(trial)}: none is refused, nor more admitted than a bucket would refill")
    again = _admitted(later)
    return "" if again == len(later) else f"{again} of {len(later)} are admitted when it is over"


def _whole(_promise: Promise, trial: Trial) -> str:
    """The whole limit has to be there again after the preparation."""
    after = trial.hits[trial.asked : trial.asked + trial.size]
    admitted = _admitted(after)
    return "" if admitted == trial.size else f"{admitted} of {trial.size} hits are admitted in the end"


def _cost(_promise: Promise, trial: Trial) -> str:
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


def _lowered(_promise: Promise, trial: Trial) -> str:
    after = trial.hits[trial.asked : trial.asked + 2]
    if any(hit.allowed for hit in after):
        return "a key that had used up the old limit is admitted under the lower one"
    later = trial.hits[trial.asked + 2 :]
    admitted = _admitted(later)
    if admitted == trial.size:
        return ""
    return f"{admitted} are admitted after two windows, and not {trial.size}"


def _skew(_promise: Promise, trial: Trial) -> str:
    together, later = _admitted(trial.hits[: trial.asked]), _admitted(trial.hits[trial.asked :])
    if together != trial.size:
        return f"{together} hits of both nodes are admitted, and not {trial.size}"
    return "" if later == trial.size else f"{later} of {trial.size} are admitted two windows later"


def _back(promise: Promise, trial: Trial) -> str:
    together, later = _admitted(trial.hits[: trial.asked]), _admitted(trial.hits[trial.asked :])
    most = trial.size if promise.guarantee in {STRICT, BUCKET} else 2 * trial.size
    if together > most:
        return f"{together} hits are admitted around the correction, and not {most}"
    return "" if later == trial.size else f"{later} of {trial.size} are admitted two windows later"


def _race(promise: Promise, race: Race) -> str:
    most = race.budget
    if promise.guarantee != STRICT:
        most += math.floor(race.limit * race.seconds / race.window + 0.2)
    if race.admitted > most:
        return f"{race.admitted} are admitted, and not {race.budget}"
    if race.admitted == 0:
        raise _Undecided(f"{one_line(race)}: nobody is admitted")
    return ""


def _apart(_promise: Promise, pair: Neighbours) -> str:
    if pair.admitted == pair.limit:
        return ""
    if pair.alone is not None and pair.alone < pair.limit:
        raise _Undecided(f"of {pair.limit} hits of a key that nobody else has, {pair.alone} are admitted")
    return f"{pair.admitted} of {pair.limit} are admitted: the two share a budget"


def _ends(promise: Promise, left: Leftover) -> str:
    longest = _LONGEST_LIFE * max(left.window, 1.0, *(window for _, window in promise.tiers)) * 1000
    for name, milliseconds in left.keys:
        if milliseconds is None:
            return f"the key {name} never expires"
        if milliseconds > longest:
            return f"the key {name} lives for {milliseconds / 1000:.1f} s more"
    return ""


def _bounded(_promise: Promise, growth: Growth) -> str:
    if growth.after <= growth.before * _GROWS + _SLACK_BYTES:
        return ""
    return f"the state grew from {growth.before} to {growth.after} bytes"


def _retry(_promise: Promise, wait: Wait) -> str:
    if wait.answer is None:
        raise _Undecided("the decision has no retry_after")
    if not 0 < wait.answer <= 2 * wait.window:
        return f"retry_after is {wait.answer:g}, which lies outside of two windows"
    if wait.early:
        return f"retry_after is {wait.answer:g} s, and a hit before that is admitted"
    if not wait.late:
        return f"retry_after is {wait.answer:g} s, and a hit after that is refused"
    _asked_before(wait)
    return ""


def _reset(promise: Promise, wait: Wait) -> str:
    if wait.answer is None:
        raise _Undecided("the decision has no reset_after")
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
        _Undecided: It was not, as hits took too long.
    """
    if wait.due and wait.early is None:
        raise _Undecided(f"{one_line(wait)}: no hit before that was answered in time")


def _remaining(promise: Promise, trial: Trial) -> str:
    if all(hit.remaining is None for hit in trial.hits):
        raise _Undecided("the decision has no remaining")
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
    said, admitted = last.remaining or 0, _admitted(trial.hits[trial.asked :])
    off = 1 if promise.guarantee == COUNTER else 0
    return "" if abs(said - admitted) <= off else f"{said:g} are said to remain, and {admitted} are admitted"


def _flushed(promise: Promise, trial: Trial) -> str:
    return _at_once(promise, trial)


def _emptied(_promise: Promise, trial: Trial) -> str:
    between = _admitted(trial.hits[trial.size : trial.asked])
    if between > trial.size:
        return f"{between} are admitted after it, and not {trial.size}"
    later = _admitted(trial.hits[trial.asked :])
    return "" if later == trial.size else f"{later} are admitted two windows later, and not {trial.size}"


def _restarted(promise: Promise, seen: Trial | Outage) -> str:
    if isinstance(seen, Outage):
        return _outage(promise, seen)
    admitted = _admitted(seen.hits[seen.asked :])
    return "" if admitted == seen.size else f"{admitted} are admitted in the end, and not {seen.size}"


def _outage(promise: Promise, outage: Outage) -> str:
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


_JUDGES: dict[str, Callable[[Promise, Any], str]] = {
    "first_n_admitted": _first,
    "next_refused": _next,
    "same_instant": _at_once,
    "cost_exact": _cost,
    "limit_lowered": _lowered,
    "worst_window": _window,
    "short_burst": _burst,
    "fractional_window": _fraction,
    "idle_credit": _idle,
    "tier_kept": _tier,
    "recovers": _whole,
    "no_starvation": _starved,
    "throughput_fair": _fair,
    "app_clock_skew": _skew,
    "clock_backwards": _back,
    "lockstep_race": _race,
    "threads_race": _race,
    "instances_share": _race,
    "keys_isolated": _apart,
    "keys_distinct": _apart,
    "ttl_set": _ends,
    "crash_between_commands": _ends,
    "expiry_between_commands": _ends,
    "memory_bounded": _bounded,
    "retry_after_truthful": _retry,
    "reset_truthful": _reset,
    "remaining_exact": _remaining,
    "script_flush": _flushed,
    "flushall": _emptied,
    "redis_restart": _restarted,
    "redis_down": _outage,
    "redis_hung": _outage,
    "redis_slow": _outage,
    "redis_readonly": _outage,
}
