"""Callers at once: threads command by command, threads over sockets, and processes."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import subprocess
import sys
import threading
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.admissions import Race
from pytest_readiness.gather.limits.bench import WALL, admits, said

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_readiness.gather.limits.bench import Bench
    from pytest_readiness.gather.limits.instance import Errand

_ENDS_WITHIN = 20.0
"""Seconds on the wall clock in which one caller at least has his answer: who waits for a lock takes turns."""
_POLL_S = 0.02


def lockstep(bench: Bench) -> Iterator[Race]:
    """Let callers advance one command at a time, all together."""
    from pytest_readiness.providers.redis.tapped import Lockstep, tapping

    limit, window = 4, bench.lab[1]
    size = bench.size(limit, window)
    for used in dict.fromkeys((0, max(size - 1, 0))):
        threads = 2 * size + 2
        key, together = bench.fresh(), Lockstep(threads)
        bench.settle(window)
        bench.burst(bench.limiter(limit, window), key, used)

        def ask(limiter: Any, key: str = key, together: Lockstep = together) -> int:  # noqa: ANN401
            try:
                with tapping(together):
                    return int(admits(limiter.hit(key)))
            finally:
                together.leave()

        race = _race(bench, "lockstep_race", (limit, window), threads, ask, used)
        yield race
        if race.hung:
            return


def threads(bench: Bench) -> Iterator[Race]:
    """Let callers loose."""
    limit, window = bench.lab
    for _ in range(4):
        key = bench.fresh()
        bench.settle(window)

        def ask(limiter: Any, key: str = key) -> int:  # noqa: ANN401  the project's own
            return sum(admits(limiter.hit(key)) for _ in range(3))

        race = _race(bench, "threads_race", (limit, window), 16, ask, 0)
        yield race
        if race.hung:
            return


def instances(bench: Bench) -> Iterator[Race]:
    """Let processes share a key, each the first of its container: all have the process id 1.

    Some share what was made up before they were forked, and others nothing: no memory, and no salt of hashes.
    """
    limit, window = bench.lab
    size = bench.size(limit, window)
    for kind, ask, count, each in (
        ("forked", _forked, 3, size // 2 + 1),
        ("started anew", _started, 2, size),
    ):
        key = bench.fresh()
        bench.settle(window)
        started = WALL()
        answers = ask(bench, (limit, window), key, each, count)
        errors = [answer for answer in answers if isinstance(answer, str)]
        yield Race(
            "instances_share",
            limit,
            window,
            f"{count} processes ({kind}) with {each} hits each, one after another, all with the process id 1",
            budget=size,
            hits=count * each,
            admitted=sum(answer for answer in answers if isinstance(answer, int)),
            seconds=WALL() - started,
            error=errors[0] if errors else "",
        )


def _race(
    bench: Bench,
    prop: str,
    made: tuple[int, float],
    callers: int,
    ask: Callable[[Any], int],
    used: int,
) -> Race:
    limit, window = made
    limiters = [bench.limiter(limit, window, bench.world.client()) for _ in range(callers)]
    for limiter in limiters:  # connected, and its scripts known, before the race
        limiter.hit(bench.fresh())
    admitted, errors = [0] * callers, [""] * callers
    gate = threading.Barrier(callers)

    def run(number: int) -> None:
        gate.wait()
        try:
            admitted[number] = ask(limiters[number])
        except Exception as error:  # noqa: BLE001  an observation
            errors[number] = said(error)

    pool = [threading.Thread(target=run, args=(number,), daemon=True) for number in range(callers)]
    started = WALL()
    for thread in pool:
        thread.start()
    hung = still_running(pool, _ENDS_WITHIN)
    size = bench.size(limit, window)
    before = f", {used} of {size} used up before" if used else ""
    return Race(
        prop,
        limit,
        window,
        f"{callers} callers at once{before}",
        budget=size - used,
        hits=callers,
        admitted=sum(admitted),
        seconds=WALL() - started,
        error=next((error for error in errors if error), ""),
        hung=hung,
    )


def still_running(pool: Sequence[threading.Thread], within: float) -> int:
    """Return how many are left when none has ended for so many seconds."""
    left, since = list(pool), WALL()
    while left and WALL() - since < within:
        left[0].join(_POLL_S)
        running = [thread for thread in left if thread.is_alive()]
        since = WALL() if len(running) < len(left) else since
        left = running
    return len(left)


def _started(bench: Bench, made: tuple[int, float], key: str, hits: int, count: int) -> list[int | str]:
    """Return how many hits each of some processes with nothing in common was admitted, or what it raised."""
    from pytest_readiness.gather.limits.instance import Errand

    errand = Errand(bench.job, bench.world.path, *made, key, hits)
    pool = [_instance(bench, number) for number in range(1, count + 1)]
    try:
        return [_asked(process, reading, errand) for process, reading in pool]
    finally:
        for process, _ in pool:
            process.kill()
            process.wait()


def _instance(bench: Bench, number: int) -> tuple[subprocess.Popen[bytes], int]:
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [sys.executable, "-m", "pytest_readiness.gather.limits.instance", str(writing)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, **bench.world.variables, "PYTHONHASHSEED": str(number)},
        pass_fds=(writing,),
    )
    os.close(writing)
    return process, reading


def _asked(process: subprocess.Popen[bytes], reading: int, errand: Errand) -> int | str:
    assert process.stdin  # noqa: S101  it was asked for
    with os.fdopen(reading, "rb") as answers:
        with contextlib.suppress(BrokenPipeError), process.stdin:
            process.stdin.write(pickle.dumps(errand))
        text = answers.read()
    return json.loads(text) if text else "it ended"


def _forked(bench: Bench, made: tuple[int, float], key: str, hits: int, count: int) -> list[int | str]:
    return [_fork(bench, *made, key, hits) for _ in range(count)]


def _fork(bench: Bench, limit: int, window: float, key: str, hits: int) -> int | str:
    """Return how many hits a process of its own was admitted, or what it raised."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer: int | str = "it ended"
        try:
            os.getpid = lambda: 1
            limiter = bench.limiter(limit, window, bench.world.client())
            answer = sum(admits(limiter.hit(key)) for _ in range(hits))
        except BaseException as error:  # noqa: BLE001  nothing may escape into the parent's code
            answer = said(error)
        finally:
            os.write(writing, json.dumps(answer).encode())
            os._exit(0)
    os.close(writing)
    with os.fdopen(reading, "rb") as answers:
        text = answers.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else "it ended"
