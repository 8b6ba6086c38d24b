"""How much a limiter admits: at once, over windows, and over a long time."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

from pytest_readiness.evidence.admissions import Trial, Untried
from pytest_readiness.gather.limits.bench import WALL, costs_by

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.admissions import Hit
    from pytest_readiness.gather.limits.bench import Bench

_PHASES = 13
"""Steps of a window: a little shorter than the twelfth of it that a burst is measured in."""
_LEADS = ((0.625, 12.5), (0.3, 6.0), (0.025, 0.5), (0.02, 12.5))
"""Where in a window a first hit falls, and how many steps later others come: what it began may end then."""
_AT_ONCE_S = 1.5
"""Seconds on the wall clock that a burst of the declared limit may take."""
_FEW = 100
"""Windows are tried with the declared limit up to here, and with a smaller one beyond."""
_PERSISTENT, _BATCH = 600, 500
"""Hits of somebody who does not mind refusals: more than a byte counts; and then as many at a time."""
_PERSISTS_S = 4.0
"""Seconds, on the wall clock, for which he goes on while there is more and more state."""
_PATIENT = 5_000
"""Hits that use up a longer window, at most."""
_RESTS = 2
"""Batches in a row that add nothing to the state, after which it has come to its end."""


def exact(bench: Bench) -> Iterator[Trial | Untried]:
    """Ask at once for some more than the limit."""
    limit, window = bench.lab
    if bench.world.instant:
        yield from _declared(bench)
    elif bench.learns(limit, window):
        yield from _undeclared(bench)
    for count, seconds in ((limit, window), (1, window), (3, window * 1.5)):
        if bench.learns(count, seconds):
            continue  # it would be compared with itself
        size = bench.size(count, seconds)
        bench.settle(seconds)
        hits = bench.burst(bench.limiter(count, seconds), bench.fresh(), size + 3)
        what = f"{size + 3} hits at once, limit {count} in {seconds:g} s"
        for prop in ("first_n_admitted", "next_refused"):
            yield Trial(prop, count, seconds, what, tuple(hits), burst=size)
    size = bench.size(limit, window)
    bench.settle(window)
    hits = bench.burst(bench.limiter(limit, window), bench.fresh(), 5 * size)
    yield Trial("same_instant", limit, window, f"{5 * size} hits at once", tuple(hits), burst=size)
    if bench.world.instant:
        bench.settle(window)
        yield _persistent(bench, limit, window)


def _declared(bench: Bench) -> Iterator[Trial | Untried]:
    """Ask for some more than the declared limit, where so many can be asked at once."""
    limit, window = bench.promise.limit, max(bench.promise.window, 1.0)
    if bench.learns(limit, window):
        yield from _undeclared(bench)
        return
    size = bench.size(limit, window)
    bench.settle(window)
    limiter, key, began = bench.limiter(limit, window), bench.fresh(), WALL()
    hits: list[Hit] = []
    while len(hits) < size + 3 and WALL() - began < min(_AT_ONCE_S, window / 3):
        hits.append(bench.hit(limiter, key))
    what = f"{len(hits)} hits at once, limit {limit} in {window:g} s"
    for prop in ("first_n_admitted", "next_refused"):
        if len(hits) < size + 3:
            yield Untried(
                prop, f"the declared {limit} in {window:g} s are not tried: {len(hits)} hits took too long"
            )
        else:
            yield Trial(prop, limit, window, what, tuple(hits), burst=size)


def _undeclared(bench: Bench) -> Iterator[Untried]:
    """Say that no limit was tried of which settings say how many hits are admitted at once."""
    limit, window, burst = bench.promise.limit, bench.promise.window, bench.promise.burst
    for prop in ("first_n_admitted", "next_refused"):
        yield Untried(prop, f"the burst of {burst} is that of {limit} in {window:g} s, which are not tried")


def _persistent(bench: Bench, limit: int, window: float) -> Trial:
    """Ask until refusals add nothing to the state any more: what it keeps may push out what counts.

    Where refusals count, what they add is what counts, and there is no end to wait for.
    """
    limiter, key, until = bench.limiter(limit, window), bench.fresh(), WALL() + _PERSISTS_S
    hits = bench.burst(limiter, key, _PERSISTENT)
    rests = 0 if bench.world.sockets and not bench.promise.counts_refused else _RESTS
    while rests < _RESTS and WALL() < until:
        before = bench.occupied()
        hits += bench.burst(limiter, key, _BATCH)
        # A hit that is kept takes a byte at least; what the server gives back of a table that it outgrew may
        # hide that once.
        rests = 0 if bench.occupied() - before > _BATCH else rests + 1
    what = f"{len(hits)} hits, one after another"
    if rests < _RESTS:
        what += f", and refusals still add to the state after {_PERSISTS_S:g} s"
    return Trial("same_instant", limit, window, what, tuple(hits), burst=bench.size(limit, window))


def costs(bench: Bench) -> Iterator[Trial]:
    """Ask for more than one at a time, also for more than there ever is."""
    limit, window = bench.lab
    limiter = bench.limiter(limit, window)
    if not costs_by(limiter):
        return
    size = bench.size(limit, window)
    for what, series in (
        ("hits of cost 3, then of cost 1", [3, 3, 3, 3, 1, 1]),
        ("one hit beyond the limit, then all of it", [size + 1, *([1] * size), 1]),
        ("refused hits of cost 7 between others", [7, 7, 7, 2, 7, 1, 1]),
    ):
        bench.settle(window)
        key = bench.fresh()
        hits = [bench.hit(limiter, key, cost) for cost in series]
        text = f"{what} ({', '.join(map(str, series))})"
        yield Trial("cost_exact", limit, window, text, tuple(hits), burst=size)


def lowered(bench: Bench) -> Iterator[Trial]:
    """Lower the limit while a key has used up the old one."""
    limit, window = bench.lab
    less = max(limit * 2 // 5, 1)
    size = bench.size(less, window)
    key = bench.fresh()
    used = bench.size(limit, window)
    bench.settle(window)
    before = bench.burst(bench.limiter(limit, window), key, used)
    limiter = bench.limiter(less, window)
    after = bench.burst(limiter, key, 2)
    bench.rest(less, window)
    later = bench.burst(limiter, key, size + 2)
    what = f"limit {limit} used up, lowered to {less}, 2 hits; {size + 2} more after two windows"
    hits = (*before, *after, *later)
    yield Trial("limit_lowered", less, window, what, hits, asked=len(before), burst=size)


def sweeps(bench: Bench) -> Iterator[Trial]:
    """Look for the moment at which a window admits most, wherever its boundary is."""
    limit, window = bench.lab
    yield from _boundaries(bench, limit, window, "worst_window")
    for number in range(3):
        yield _random(bench, limit, window, number)
    if bench.promise.window != window:
        yield from _in_declared_window(bench)


def _in_declared_window(bench: Bench) -> Iterator[Trial]:
    """Take what can be had all along, and once more before the declared window is over."""
    declared, window = bench.promise.limit, bench.promise.window
    limit = declared if declared <= _FEW else bench.lab[0]
    yield from _saturated(bench, limit, window, "worst_window", (0.0,))
    size = bench.size(limit, window)
    limiter, key = bench.limiter(limit, window), bench.fresh()
    bench.settle(window, 0.02)
    hits = bench.burst(limiter, key, size)
    bench.wait(0.93 * window)
    hits += bench.burst(limiter, key, size)
    what = f"{size} hits, {size} after {0.93 * window:g} s"
    yield Trial("worst_window", limit, window, what, tuple(hits), burst=size)


def fractional(bench: Bench) -> Iterator[Trial]:
    """The same with a window that is no whole number of seconds."""
    for window in (1.5, 0.4):
        yield from _saturated(bench, 3, window, "fractional_window", (0.0, 6.5))
    yield _steady(bench, "fractional_window", 10, 1.5, share=0.98, windows=4)


def idle(bench: Bench) -> Iterator[Trial]:
    """Leave a key alone for long, and ask at once."""
    limit, window = bench.lab
    size = bench.size(limit, window)
    for used in (1, size):
        limiter, key = bench.limiter(limit, window), bench.fresh()
        bench.settle(window)
        before = bench.burst(limiter, key, used)
        bench.wait(20 * window)
        bench.settle(window)
        after = bench.burst(limiter, key, 3 * size)
        what = f"{used} hits, 20 windows of nothing, {3 * size} hits"
        yield Trial("idle_credit", limit, window, what, (*before, *after), asked=used, burst=size)


def tiers(bench: Bench) -> Iterator[Trial | Untried]:
    """Use up each longer window at the pace that the short one allows, and wait until it is over."""
    limit, window = bench.promise.limit, bench.promise.window
    size = min(bench.size(limit, window), limit)
    for most, seconds in bench.promise.tiers:
        # More than a bucket of that size and rate would refill meanwhile.
        turns = min(2 * -(-most // size), int(seconds / (2.2 * window)))
        if most > _PATIENT or turns * size <= most:
            yield Untried("tier_kept", f"{most} in {seconds:g} s are too many, or too fast, to be used up")
            continue
        limiter, key = bench.limiter(limit, window), bench.fresh()
        bench.settle(seconds, 0.01)
        before: list[Hit] = []
        for _ in range(turns):
            before += bench.burst(limiter, key, size)
            bench.rest(limit, window)
        bench.wait(2 * seconds)
        later = bench.burst(limiter, key, size)
        what = f"{turns * size} hits, {size} every {2 * window:g} s, and {size} after {2 * seconds:g} s"
        yield Trial("tier_kept", most, seconds, what, (*before, *later), asked=len(before))


def recovery(bench: Bench) -> Iterator[Trial]:
    """Wait two windows after a key was used up."""
    limit, window = bench.lab
    size = bench.size(limit, window)
    for what, refused, spread in (
        ("used up at once", max(limit, size), 0.0),
        ("used up over a window", 0, 1.0),
        ("used up, and refused all along", 3, 1.0),
    ):
        limiter, key = bench.limiter(limit, window), bench.fresh()
        bench.settle(window)
        before = []
        for _ in range(limit):
            before += bench.burst(limiter, key, 1)
            bench.wait(spread * window / limit)
        before += bench.burst(limiter, key, refused)
        bench.rest(limit, window)
        bench.settle(window)
        after = bench.burst(limiter, key, size + 2)
        text = f"{what}, then two windows of nothing, then {size + 2} hits"
        yield Trial("recovers", limit, window, text, (*before, *after), asked=len(before), burst=size)


def shares(bench: Bench) -> Iterator[Trial]:
    """Ask steadily, too often and just not too often."""
    limit, window = bench.lab
    yield _steady(bench, "no_starvation", limit, window, share=2.0, windows=6)
    yield _steady(bench, "throughput_fair", limit, window, share=0.98, windows=6)


def skewed(bench: Bench) -> Iterator[Trial]:
    """Let one node of the application be ahead or behind."""
    limit, window = bench.lab
    size = bench.size(limit, window)
    ahead = max(65.0, 1.5 * window)
    for first, second in ((0.0, ahead), (ahead, 0.0), (0.0, -ahead)):
        key = bench.fresh()
        bench.settle(window)
        hits: list[Hit] = []
        try:
            for skew in (first, second):
                bench.world.skew(skew)
                hits += bench.burst(bench.limiter(limit, window), key, size)
        finally:
            bench.world.skew(0.0)
        bench.rest(limit, window)
        later = bench.burst(bench.limiter(limit, window), key, size)
        what = f"{size} hits by a node {first:+g} s off, {size} by one {second:+g} s off, {size} later"
        yield Trial("app_clock_skew", limit, window, what, (*hits, *later), asked=2 * size, burst=size)


def backwards(bench: Bench) -> Iterator[Trial]:
    """Set the clock of Redis back, as a correction of time does."""
    limit, window = bench.lab
    size = bench.size(limit, window)
    for back in (2.0, window / 2):
        limiter, key = bench.limiter(limit, window), bench.fresh()
        bench.settle(window, 0.77)
        before = bench.burst(limiter, key, size)
        bench.world.move(-back)
        after = bench.burst(limiter, key, size + 2)
        bench.rest(limit, window)
        bench.wait(back)
        bench.settle(window)
        later = bench.burst(limiter, key, size)
        what = f"{size} hits, clock {back:g} s back, {size + 2} hits, {size} after two windows"
        hits, asked = (*before, *after, *later), len(before) + len(after)
        yield Trial("clock_backwards", limit, window, what, hits, asked, burst=size)


def _boundaries(bench: Bench, limit: int, window: float, prop: str) -> Iterator[Trial]:
    step = window / _PHASES
    size = bench.size(limit, window)
    limiter = bench.limiter(limit, window)
    for phase in range(_PHASES):
        key = bench.fresh()
        bench.settle(window, phase / _PHASES)
        hits = bench.burst(limiter, key, size)
        bench.wait(step)
        hits += bench.burst(limiter, key, size)
        what = f"{size} hits at {phase}/{_PHASES} of a window counted from 1970, {size} after {step:.3f} s"
        yield Trial(prop, limit, window, what, tuple(hits), burst=size)
    for phase_of_first, lead in _LEADS:
        key = bench.fresh()
        bench.settle(window, phase_of_first)
        hits = bench.burst(limiter, key, 1)
        bench.wait(lead * step)
        hits += bench.burst(limiter, key, size)
        bench.wait(step)
        hits += bench.burst(limiter, key, size)
        what = f"1 hit, {size} after {lead * step:.3f} s, {size} after {step:.3f} s more"
        yield Trial(prop, limit, window, what, tuple(hits), burst=size)
    yield from _saturated(bench, limit, window, prop, (0.0, 6.5))


def _saturated(
    bench: Bench, limit: int, window: float, prop: str, phases: tuple[float, ...]
) -> Iterator[Trial]:
    """Take whatever can be had, thirteen times a window."""
    size = bench.size(limit, window)
    limiter = bench.limiter(limit, window)
    for phase in phases:
        key = bench.fresh()
        bench.settle(window, phase / _PHASES)
        hits: list[Hit] = []
        for _ in range(int(2.5 * _PHASES)):
            hits += bench.saturate(limiter, key, 2 * max(limit, size))
            bench.wait(window / _PHASES)
        what = f"as many hits as are admitted, every {window / _PHASES:.3f} s, from {phase}/{_PHASES}"
        yield Trial(prop, limit, window, what, tuple(hits), burst=size)


def _random(bench: Bench, limit: int, window: float, number: int) -> Trial:
    chance = random.Random(f"{bench.job.seed}/{number}")  # noqa: S311  a schedule, not a secret
    size = bench.size(limit, window)
    limiter, key = bench.limiter(limit, window), bench.fresh()
    hits: list[Hit] = []
    for _ in range(24):
        bench.wait(chance.choice((0.01, 0.08, 0.3, 0.95)) * window * chance.random())
        hits += bench.burst(limiter, key, chance.randint(1, limit))
    return Trial("worst_window", limit, window, f"random schedule {number}", tuple(hits), burst=size)


def _steady(bench: Bench, prop: str, limit: int, window: float, *, share: float, windows: int) -> Trial:
    size = bench.size(limit, window)
    limiter, key = bench.limiter(limit, window), bench.fresh()
    pause = window / (limit * share)
    bench.settle(window)
    start = bench.world.now()
    hits = []
    for number in range(round(windows * limit * share)):
        bench.until(start + number * pause)
        hits += bench.burst(limiter, key, 1)
    what = f"a hit every {pause:.3f} s for {windows} windows"
    return Trial(prop, limit, window, what, tuple(hits), burst=size)
