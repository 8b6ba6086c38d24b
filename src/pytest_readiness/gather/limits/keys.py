"""Whether keys are apart, and what is left of them in Redis."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.admissions import Growth, Leftover, Neighbours, Untried
from pytest_readiness.gather.limits.bench import WALL, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.admissions import Hit
    from pytest_readiness.gather.limits.bench import Bench

_LONG = "x" * 300
_MOST_COMMANDS = 8
_MOMENT = 0.004
_CROWD, _FEW = 1_200, 200
"""Callers at a time: of 1,200 two share one of half a million counters."""
_CROWD_S = 1.0
"""Seconds on the wall clock in which they ask: limiters that take long are asked by fewer."""
_PAIRS = (
    ("alice", "bob"),
    ("Key-AbC", "key-aBc"),
    ("user:1", "user:10"),
    ("a", "a:b"),
    ("a:b", "a"),
    ("a", "a.b"),
    ("a/b", "a"),
    ("u*", "user-of-a-glob"),
    ("user-of-a-glob-2", "u*2"),
    ("x?", "xy"),
    ("xz", "x?z"),
    ("[ab]", "b"),
    (f"{_LONG}1", f"{_LONG}2"),
    (f"1{_LONG}", f"2{_LONG}"),
    ("\u00e9", "e\u0301"),
    ("\uff41", "\u0430"),
    ("trailing", "trailing "),
    ("leading", " leading"),
    ("007", "7"),
    ("1", "1.0"),
    ("1e3", "1000"),
    ("{tag}a", "{tag}b"),
    ("a\x00b", "a"),
    ("a\nb", "a b"),
    ("10.0.0.1", "10.0.0.11"),
    ("a-b", "a_b"),
    ("a%3Ab", "a:b "),
    ("stra\u00dfe", "strasse"),
)


def isolated(bench: Bench) -> Iterator[Neighbours]:
    """Use up one key, and ask for another, for pairs that are easily taken for one."""
    limit, window = 3, bench.lab[1]
    size = bench.size(limit, window)
    alone = sum(bool(hit.allowed) for hit in bench.burst(bench.limiter(limit, window), bench.fresh(), size))
    for number, (first, second) in enumerate(_PAIRS):
        prop = "keys_isolated" if number == 0 else "keys_distinct"
        limiter = bench.limiter(limit, window)
        for one, other in ((first, second), (second, first)):
            # What an application remembers of its refusals is no defect, and over by then.
            bench.wait(2 * window + _MOMENT)
            bench.settle(window)
            _empty(bench)
            bench.burst(limiter, one, size + 1)
            hits = bench.burst(limiter, other, size)
            error = next((hit.error for hit in hits if hit.error), "")
            admitted = sum(bool(hit.allowed) for hit in hits)
            yield Neighbours(prop, size, one, other, admitted, error, alone)


def crowd(bench: Bench) -> Iterator[Neighbours | Untried]:
    """Ask once for each of many callers, who have one hit each: nobody is refused for another."""
    window = bench.lab[1]
    if bench.size(1, window) != 1:
        return
    chance = random.Random(f"{bench.job.seed}/crowd")  # noqa: S311  names, no secrets
    callers = [f"{chance.getrandbits(64):016x}" for _ in range(_CROWD if bench.world.sockets else _FEW)]
    hits = _each(bench, callers)
    asked = len(hits)
    error = next((hit.error for hit in hits if hit.error), "")
    if asked == 1 and not error:
        yield Untried(
            "keys_distinct", "of many callers, the first is refused, or takes all the time there is"
        )
    elif error or hits[-1].allowed:
        yield Neighbours("keys_distinct", 1, f"{asked} callers", "each of them", 1, error, 1, asked)
    else:
        yield _shared(bench, callers[: asked - 1], callers[asked - 1], asked)


def _shared(bench: Bench, others: list[str], caller: str, asked: int) -> Neighbours | Untried:
    """Find for whom a caller is refused: for another, for all of them together, or for nobody, once more."""
    every = others
    while len(others) > 1:
        half = others[: len(others) // 2]
        others = half if _refuses(bench, half, caller) else others[len(half) :]
    for crowd in (others, every):
        if _refuses(bench, crowd, caller):
            first = crowd[0] if len(crowd) == 1 else f"{len(crowd)} callers"
            return Neighbours("keys_distinct", 1, first, caller, 0, alone=1, callers=asked)
    what = f"the last of {asked} callers is refused his only hit, and admitted when all ask once more"
    return Untried("keys_distinct", what)


def _refuses(bench: Bench, others: list[str], caller: str) -> bool:
    """Whether a caller is refused after these, who are not."""
    hits = _each(bench, [*others, caller])
    return len(hits) == len(others) + 1 and hits[-1].allowed is False


def _each(bench: Bench, callers: list[str]) -> list[Hit]:
    """Ask once for each of these, from nothing on, until one is not admitted, or time is over."""
    window = bench.lab[1]
    bench.wait(2 * window + _MOMENT)
    bench.settle(window)
    _empty(bench)
    limiter, began = bench.limiter(1, window), WALL()
    hits: list[Hit] = []
    for caller in callers:
        hits.append(bench.hit(limiter, caller))
        if not hits[-1].allowed or WALL() - began > _CROWD_S:
            break
    return hits


def lifetimes(bench: Bench) -> Iterator[Leftover]:
    """Look at every key after admitted and after refused hits."""
    limit, window = bench.lab
    windows = (window, window * 1.025, *([bench.promise.window] if bench.world.instant else []))
    for seconds in dict.fromkeys(windows):
        _empty(bench)
        limiter, key = bench.limiter(limit, seconds), bench.fresh()
        for what, count in (("one hit", 1), ("the limit used up", limit - 1), ("refused hits", 3)):
            bench.burst(limiter, key, count)
            yield Leftover("ttl_set", f"after {what}", seconds, _keys(bench))


def growth(bench: Bench) -> Iterator[Growth]:
    """Compare the state after much traffic with the state after little."""
    limit, window = bench.lab
    _empty(bench)
    limiter, key = bench.limiter(limit, window), bench.fresh()
    bench.burst(limiter, key, 3 * limit)
    before = bench.occupied()
    bench.burst(limiter, key, 30 * limit)
    if not bench.promise.counts_refused:
        yield Growth("memory_bounded", f"{30 * limit} refused hits", before, bench.occupied())
    _empty(bench)
    key, sizes = bench.fresh(), [0]
    for count in (3, 9):
        for _ in range(count * limit):
            bench.wait(window / limit * 1.05)
            bench.burst(limiter, key, 1)
            if count == 3:  # noqa: PLR2004  the first stretch shows how much is needed
                sizes[0] = max(sizes[0], bench.occupied())
    yield Growth("memory_bounded", "12 windows of admitted hits, against 3", sizes[0], bench.occupied())
    if bench.world.instant:
        yield _many(bench, limit, window)


def _many(bench: Bench, limit: int, window: float) -> Growth:
    """Let many callers come once, while one comes all the time."""
    _empty(bench)
    limiter, steady = bench.limiter(limit, window), bench.fresh()

    longest = max((seconds for _, seconds in bench.promise.tiers), default=0.0)

    def later() -> int:
        bench.wait(3 * longest)
        for _ in range(9):
            bench.hit(limiter, steady)
            bench.wait(0.45 * window)
        return bench.occupied()

    before = later()
    for _ in range(_FEW):
        bench.hit(limiter, bench.fresh())
    what = f"one caller all along, and {_FEW} others once, four windows ago"
    return Growth("memory_bounded", what, before, later())


def crashes(bench: Bench) -> Iterator[Leftover]:
    """Let the application die after each command of a hit."""
    from pytest_readiness.providers.redis.tapped import Crashed

    def die() -> None:
        raise Crashed

    yield from _interrupted(bench, "crash_between_commands", "the application died", die)


def expiries(bench: Bench) -> Iterator[Leftover]:
    """Let a window pass after each command of a hit."""
    window = bench.lab[1]
    done: list[int] = []

    def pass_once() -> None:
        if not done:
            done.append(1)
            bench.wait(window + 0.01)

    for leftover in _interrupted(bench, "expiry_between_commands", "the window ended", pass_once):
        done.clear()
        yield leftover


def _interrupted(bench: Bench, prop: str, event: str, then: Callable[[], None]) -> Iterator[Leftover]:
    from pytest_readiness.providers.redis.tapped import Countdown, Crashed, tapping

    limit, window = 3, bench.lab[1]
    for used in (0, 1, limit):
        for commands in range(1, _MOST_COMMANDS):
            _empty(bench)
            limiter, key = bench.limiter(limit, window, bench.world.client()), bench.fresh()
            limiter.hit(bench.fresh())
            bench.burst(limiter, key, used)
            countdown = Countdown(commands, then)
            try:
                with tapping(countdown):
                    limiter.hit(key)
            except Crashed:
                pass
            except Exception as error:  # noqa: BLE001  its state is what is asked for
                said(error)
            if countdown.sent > commands:
                what = f"{event} after command {commands} of hit {used + 1}"
                yield Leftover(prop, what, window, _keys(bench))
            else:
                if commands == 1:
                    yield Leftover(prop, f"a hit is one command, after {used}", window, _keys(bench))
                break


def _empty(bench: Bench) -> None:
    bench.observer.flushdb()


def _keys(bench: Bench) -> tuple[tuple[str, int | None], ...]:
    found: list[tuple[str, int | None]] = []
    names: Any = bench.observer.keys("*")
    for name in sorted(names):
        left: Any = bench.observer.pttl(name)
        found.append((repr(name.decode(errors="replace"))[:80], None if left == -1 else int(left)))
    return tuple(found)
