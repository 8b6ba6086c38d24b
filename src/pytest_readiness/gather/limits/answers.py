"""Whether what answers say of the future comes true."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from pytest_readiness.evidence.admissions import Trial, Wait

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.admissions import Hit
    from pytest_readiness.gather.limits.bench import Bench

_LIMIT = 5
_BEFORE, _AFTER = 0.006, 0.003
"""Seconds from the moment that was named: the time of a few hits, and of a rounded millisecond."""
_LEADS = tuple(_BEFORE * 2**n for n in range(7))
"""The former, for limiters that take longer to answer."""
_SLACK = 0.0015
_SPREADS = (0.0, 0.0737, 0.163)
"""Pauses between the hits of a history, in windows; odd, since whole seconds hide mistakes of rounding."""


def retries(bench: Bench) -> Iterator[Wait]:
    """Come back just before, and just after, a refusal says so."""
    for spread in _SPREADS if bench.world.instant else (_SPREADS[0], _SPREADS[-1]):
        yield from in_time(partial(_retried, bench, spread))
        if not bench.promise.counts_refused and bench.world.instant:
            yield from in_time(partial(_later, bench, spread))


def resets(bench: Bench) -> Iterator[Wait]:
    """See that the whole budget is there when an answer says so."""
    bench.size(_LIMIT, bench.lab[1])  # seen before: time passes meanwhile
    for spread in (_SPREADS[0], _SPREADS[-1]):
        yield from in_time(partial(_reset, bench, spread))


def budgets(bench: Bench) -> Iterator[Trial]:
    """Compare what is said to remain with what is then admitted."""
    limit, window = bench.lab
    size = bench.size(limit, window)
    bench.settle(window)
    hits = bench.burst(bench.limiter(limit, window), bench.fresh(), size + 3)
    yield Trial("remaining_exact", limit, window, f"{size + 3} hits at once", tuple(hits), burst=size)
    for used in (3, limit):
        limiter, key = bench.limiter(limit, window), bench.fresh()
        bench.settle(window, 0.23)
        before: list[Hit] = []
        for _ in range(used):
            before += bench.burst(limiter, key, 1)
            bench.wait(0.0937 * window)
        before += bench.burst(limiter, key, 1)
        after = bench.burst(limiter, key, size + 1)
        what = f"{used} hits {0.0937 * window:.3f} s apart, one more, and then all that is left"
        hits = [*before, *after]
        yield Trial("remaining_exact", limit, window, what, tuple(hits), asked=len(before), burst=size)


def _history(bench: Bench, keys: tuple[str, ...], spread: float) -> None:
    window = bench.lab[1]
    limiter = bench.limiter(_LIMIT, window)
    bench.settle(window, 0.11)
    for _ in range(_LIMIT):
        for key in keys:
            bench.hit(limiter, key)
        bench.wait(spread * window)


def in_time(attempt: Callable[[float], Wait | None]) -> Iterator[Wait]:
    """Try with leads that grow, until the hit before the named moment is answered before it too.

    What could not be asked in time stays so where a later attempt shows nothing of that moment either.
    """
    seen: Wait | None = None
    for lead in _LEADS:
        if seen is not None and seen.answer is not None and lead >= seen.answer - seen.resolution:
            break
        tried = attempt(lead)
        if tried is None:
            break
        decided = tried.early is not None or tried.late < tried.wanted
        if decided or tried.due or seen is None:
            seen = tried
        if decided or not tried.due:
            break
    if seen is not None:
        yield seen


def _retried(bench: Bench, spread: float, lead: float) -> Wait | None:
    window = bench.lab[1]
    early, late = bench.fresh(), bench.fresh()
    limiter = bench.limiter(_LIMIT, window)
    _history(bench, (early, late), spread)
    what = f"{_LIMIT} hits {spread * window:.3f} s apart, and a refused one"
    # Each key is asked on its own: between them, time passes.
    refusals = {key: bench.hit(limiter, key) for key in (early, late)}
    if any(hit.allowed is not False for hit in refusals.values()):
        return None
    return _came_back(bench, what, (refusals[early], early), (refusals[late], late), lead)


def _reset(bench: Bench, spread: float, lead: float) -> Wait:
    window = bench.lab[1]
    early, late = bench.fresh(), bench.fresh()
    limiter = bench.limiter(_LIMIT, window)
    bench.settle(window, 0.11)
    answers: dict[str, Hit] = {}
    for _ in range(3):
        bench.wait(spread * window)
        answers = {key: bench.hit(limiter, key) for key in (early, late)}
    what = f"3 hits {spread * window:.3f} s apart"
    return _full_again(bench, what, (answers[early], early), (answers[late], late), 2 * lead)


def _later(bench: Bench, spread: float, lead: float) -> Wait | None:
    """Ask once more on the way: the second answer has to name the same moment."""
    window = bench.lab[1]
    early, late = bench.fresh(), bench.fresh()
    limiter = bench.limiter(_LIMIT, window)
    _history(bench, (early, late), spread)
    first = bench.hit(limiter, late)
    bench.hit(limiter, early)
    if not first.retry_after or not 0 < first.retry_after < 2 * window:
        return None
    bench.wait(first.retry_after * 0.437)
    again = {key: bench.hit(limiter, key) for key in (early, late)}
    if any(hit.allowed is not False for hit in again.values()):
        return None
    what = f"{_LIMIT} hits {spread * window:.3f} s apart, a refused one, and another on the way"
    return _came_back(bench, what, (again[early], early), (again[late], late), lead)


def _came_back(bench: Bench, what: str, one: tuple[Hit, str], other: tuple[Hit, str], lead: float) -> Wait:
    window = bench.lab[1]
    (first, early), (second, late) = one, other
    limiter = bench.limiter(_LIMIT, window)
    named, answer = first.retry_after, second.retry_after
    resolution = _resolution(answer)
    if named is None or answer is None or not 0 < answer <= 2 * window:
        return Wait("retry_after_truthful", _LIMIT, window, what, answer, None, 0, 1, resolution, due=False)
    before: int | None = None
    if named - resolution - lead > 0:
        bench.until(first.start + named - resolution - lead)
        hit = bench.hit(limiter, early)
        before = int(bool(hit.allowed)) if hit.end < first.start + named - resolution - _SLACK else None
    bench.until(second.end + answer + _AFTER)
    after = int(bool(bench.hit(limiter, late).allowed))
    if before == 0 and not bench.promise.counts_refused:
        # Who came too early and was refused has to be admitted now as well.
        bench.until(first.end + named + _AFTER)
        after = min(after, int(bool(bench.hit(limiter, early).allowed)))
    due = named - resolution - _BEFORE > 0
    return Wait("retry_after_truthful", _LIMIT, window, what, answer, before, after, 1, resolution, due)


def _full_again(bench: Bench, what: str, one: tuple[Hit, str], other: tuple[Hit, str], lead: float) -> Wait:
    window = bench.lab[1]
    (first, early), (second, late) = one, other
    limiter = bench.limiter(_LIMIT, window)
    named, answer = first.reset_after, second.reset_after
    resolution, size = _resolution(answer), bench.size(_LIMIT, window)
    if named is None or answer is None or not 0 < answer <= 2 * window + 1:
        return Wait("reset_truthful", _LIMIT, window, what, answer, None, 0, size, resolution, due=False)
    before: int | None = None
    # A bucket that was seen to hold two may hold two and a half, and have two before it is full.
    whole = not bench.promise.burst
    if whole and named - resolution - lead > 0:
        bench.until(first.start + named - resolution - lead)
        hits = bench.burst(limiter, early, size)
        in_time = hits[-1].end < first.start + named - resolution - _SLACK
        before = sum(bool(hit.allowed) for hit in hits) if in_time else None
    bench.until(second.end + answer + _AFTER)
    hits = bench.burst(limiter, late, size)
    after = sum(bool(hit.allowed) for hit in hits)
    due = whole and named - resolution - 2 * _BEFORE > 0
    return Wait("reset_truthful", _LIMIT, window, what, answer, before, after, size, resolution, due)


def _resolution(answer: float | None) -> float:
    """Return what an honest answer may be rounded up by: whole seconds are rounded to seconds."""
    return 1.0 if answer is not None and answer == int(answer) else 0.002
