"""Tries the limiters that settings declare, each in a process of its own."""

from __future__ import annotations

import contextlib
import os
import pickle
import select
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from typing import IO, TYPE_CHECKING, Any

from pytest_readiness.evidence.admissions import SOURCES, AdmissionEvidence, Limiter, Observation, Promise
from pytest_readiness.gather.limits.bench import Job
from pytest_readiness.gather.limits.scenarios import SCENARIOS
from pytest_readiness.gather.limits.worlds import MOVED, strength_of
from pytest_readiness.gather.store import EvidenceError, Shard
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.settings import GivenServer
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.providers.clock import MovableClock
    from pytest_readiness.settings import Limit, Settings

STARTED = "started"
_STARTS_WITHIN = 20.0
_SCENARIO_WITHIN = 30.0
_LAST_LINES = 3
_GUARANTEES = {
    "strict": "sliding-window-log",
    "counter": "sliding-window-counter",
    "gcra": "token-bucket",
    "fixed": "fixed-window",
}


@gatherer(strength=Strength.ATTACKED, shards=2)
def limiters(target: Target, shard: Shard) -> AdmissionEvidence:
    """Try every limiter in this shard's part of all ways."""
    declared = [limit for limit in target.settings.limits if limit.limiter]
    if not declared:
        return AdmissionEvidence((), absent="settings declare no limiter ([[limits]] with `limiter`)")
    part = tuple(list(SCENARIOS)[shard.index :: shard.count])
    tried = tuple(try_limiter(job) for job in jobs(target.settings, target.seed, part))
    for limiter in tried:
        # A moved clock has a server of its own, in the process that tries: its technique names it.
        moved, _, server = limiter.technique.partition(": ")
        if moved == MOVED:
            version, _, provider = server.partition(", ")
            target.note_redis(version, provider)
    strength = min((strength_of(limiter.technique) for limiter in tried), key=lambda s: s.rank)
    return AdmissionEvidence(tried, strength=strength)


def jobs(settings: Settings, seed: int, scenarios: tuple[str, ...] = ()) -> Iterator[Job]:
    """Yield what is to be tried.

    Raises:
        EvidenceError: Settings give a server that may not be written to.
    """
    given = settings.redis
    if isinstance(given, GivenServer) and not given.disposable:
        raise EvidenceError("not assessable", "settings do not call the given Redis server disposable")
    for limit in settings.limits:
        if limit.limiter:
            yield Job(
                name=limit.name,
                place=limit.limiter,
                path=(str(settings.root), *sys.path),
                promise=promise_of(limit),
                scenarios=scenarios or tuple(SCENARIOS),
                choice="" if isinstance(given, GivenServer) else given,
                url=_resolved(given) if isinstance(given, GivenServer) else "",
                seed=seed,
            )


def promise_of(limit: Limit) -> Promise:
    """Return what settings say of a limit, in one set of words."""
    return Promise(
        limit=limit.limit,
        window=limit.window,
        guarantee=_GUARANTEES.get(limit.guarantee, limit.guarantee) or ("token-bucket" * bool(limit.burst)),
        counts_refused=limit.counts_refused,
        on_redis_failure=limit.on_redis_failure,
        failure_within=limit.failure_within,
        burst=limit.burst,
        tiers=tuple((tier.limit, tier.window) for tier in limit.tiers),
    )


def try_limiter(job: Job) -> Limiter:
    """Run all scenarios of a job. A process that hangs is ended; the next one goes on behind that place."""
    technique, broken = "", False
    seen: list[Observation] = []
    unseen: dict[str, str] = {}
    left = list(job.scenarios)
    with _clock(job) as (clock, why):
        while left and not broken:
            for name, value in _records(replace(job, scenarios=tuple(left)), clock):
                if name == STARTED:
                    technique = f"{value.removeprefix('!')}{why}"
                    broken = value.startswith("!")
                    continue
                left.remove(name)
                if isinstance(value, str):
                    unseen.update(dict.fromkeys(SCENARIOS[name].properties, value))
                else:
                    seen += value
                    unseen |= dict.fromkeys(_empty(name, value), "nothing came of the trial")
    for name in left:
        unseen.update(dict.fromkeys(SCENARIOS[name].properties, technique))
    return Limiter(job.name, job.place, job.promise, technique, tuple(seen), unseen)


def _empty(name: str, seen: list[Observation]) -> Iterator[str]:
    """Yield the properties of a scenario of which nothing was seen: that is no pass."""
    scenario = SCENARIOS[name]
    sources = {observation.property for observation in seen}
    for prop in scenario.properties:
        if not scenario.optional and SOURCES.get(prop, prop) not in sources:
            yield prop


def _resolved(given: GivenServer) -> str:
    from pytest_readiness.providers.given import resolve

    return resolve(given)


@contextlib.contextmanager
def _clock(job: Job) -> Iterator[tuple[MovableClock | None, str]]:
    """Yield a clock that a server and its caller follow; without one, say why in the technique."""
    from pytest_readiness.providers.clock import movable_clock

    if job.url or job.choice == "fake":
        yield None, ""
        return
    try:
        clock = movable_clock()
    except ProviderError as error:
        yield None, f" (no clock can be moved here: {error})"
        return
    try:
        yield clock, ""
    finally:
        clock.close()


def _records(job: Job, clock: MovableClock | None) -> Iterator[tuple[str, Any]]:
    """Yield what a process tells, and in the end, if it hangs or dies, that it did."""
    from pytest_readiness.providers.clock import APPLICATION

    environment = {**os.environ, **(clock.variables(APPLICATION) if clock else {})}
    reading, writing = os.pipe()
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(
            [sys.executable, "-m", "pytest_readiness.gather.limits.worker", str(writing)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=log,
            env=environment,
            pass_fds=(writing,),
            start_new_session=True,
        ) as process,
    ):
        os.close(writing)
        try:
            assert process.stdin  # noqa: S101  it was asked for
            with contextlib.suppress(BrokenPipeError), process.stdin:
                process.stdin.write(pickle.dumps(job))
            yield from _told(job, reading, log)
        finally:
            process.kill()
            os.close(reading)


def _told(job: Job, reading: int, log: IO[bytes]) -> Iterator[tuple[str, Any]]:
    pending = [STARTED, *job.scenarios]
    with os.fdopen(os.dup(reading), "rb", buffering=0) as stream:
        buffer = _Buffer(stream.fileno())
        while pending:
            within = _STARTS_WITHIN if pending[0] == STARTED else _SCENARIO_WITHIN
            record = buffer.record(within)
            if record is None:
                what = "it ended" if buffer.ended else f"it was not done within {within:g} s"
                what += _last_words(log)
                yield pending[0], what if pending[0] != STARTED else f"!{what}"
                return
            name, value = record
            failed = name == STARTED and value.startswith("!")
            yield (pending[0] if failed else name), value
            if failed:
                return
            pending.remove(name)


def _last_words(log: IO[bytes]) -> str:
    """Return the end of what a process wrote, in brackets; empty where it wrote nothing."""
    log.seek(0)
    lines = log.read().decode(errors="replace").strip().splitlines()
    return f" ({'; '.join(lines[-_LAST_LINES:])})" if lines else ""


class _Buffer:
    """Pickled records as they come through a pipe."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._data = b""
        self.ended = False

    def record(self, within: float) -> tuple[str, Any] | None:
        """Return the next one; None when the pipe ends, or nothing comes in time."""
        import io

        deadline = time.monotonic() + within
        while True:
            if self._data:
                stream = io.BytesIO(self._data)
                try:
                    record: tuple[str, Any] = pickle.load(stream)  # noqa: S301  of a process that was started here
                except (EOFError, pickle.UnpicklingError):
                    pass
                else:
                    self._data = self._data[stream.tell() :]
                    return record
            ready, _, _ = select.select([self._descriptor], [], [], max(deadline - time.monotonic(), 0))
            data = os.read(self._descriptor, 1 << 20) if ready else b""
            self.ended = bool(ready) and not data
            if not data:
                return None
            self._data += data
