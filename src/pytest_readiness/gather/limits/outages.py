"""A Redis that forgets, restarts, refuses, hangs or is slow."""

from __future__ import annotations

import contextlib
import os
import signal
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.admissions import Outage, Trial
from pytest_readiness.gather.limits.bench import WALL, admits, said

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.admissions import Hit
    from pytest_readiness.gather.limits.bench import Bench
    from pytest_readiness.providers.proxy import Proxy

_SHARE = 1 / 3
"""Of the declared time, for a client: room for two attempts, as a careful application would leave."""
_BELOW = 0.85
"""Of that: an answer that comes in time, and late."""
_ASKED, _ASKING_S = 20, 0.5
"""How often, and how long at most, a limiter is asked on: a breaker opens after some failures."""
_GRACE_S = 0.3
"""Beyond the declared time: two busy cores, and threads that start."""


def forgotten_scripts(bench: Bench) -> Iterator[Trial]:
    """Flush the cache of scripts between hits, as a failover does."""
    limit, window = bench.lab
    limiter, key = bench.limiter(limit, window), bench.fresh()
    bench.settle(window)
    size = bench.size(limit, window)
    hits = bench.burst(limiter, key, size // 2)
    bench.observer.script_flush()
    hits += bench.burst(limiter, key, size)
    what = f"{size // 2} hits, SCRIPT FLUSH, {size} hits"
    yield Trial("script_flush", limit, window, what, tuple(hits), burst=size)


def forgotten_keys(bench: Bench) -> Iterator[Trial]:
    """Flush all keys after the limit was used up."""
    limit, window = bench.lab
    limiter, key = bench.limiter(limit, window), bench.fresh()
    bench.settle(window)
    size = bench.size(limit, window)
    before = bench.burst(limiter, key, size)
    bench.observer.flushall()
    after = bench.burst(limiter, key, size + 2)
    bench.rest(limit, window)
    later = bench.burst(limiter, key, size + 2)
    what = f"limit used up, FLUSHALL, {size + 2} hits, {size + 2} after two windows"
    hits = (*before, *after, *later)
    yield Trial("flushall", limit, window, what, hits, asked=len(before) + len(after), burst=size)


def restart(bench: Bench) -> Iterator[Trial | Outage]:
    """End Redis, and start it anew at the same address: keys, scripts and functions are lost."""
    from pytest_readiness.providers.redis.tapped import client

    limit, window = bench.lab
    patient = client(bench.world.path, bench.promise.failure_within * _SHARE)
    limiter, key = bench.limiter(limit, window, patient), bench.fresh()
    size = bench.size(limit, window)
    bench.settle(window)
    before = bench.burst(limiter, key, limit // 2)
    bench.world.end()
    try:
        gap = _decided(bench, limiter, key, "redis_restart", f"{limit // 2} hits, Redis is ended")
    finally:
        bench.restarted()
    yield gap
    first = bench.burst(limiter, key, 2)
    bench.rest(limit, window)
    bench.settle(window)
    later = bench.burst(limiter, key, size + 2)
    what = f"{limit // 2} hits, Redis is ended and started, 2 hits, {size + 2} after two windows"
    hits = (*before, *first, *later)
    yield Trial("redis_restart", limit, window, what, hits, asked=len(before) + len(first), burst=size)


def refused(bench: Bench) -> Iterator[Outage]:
    """Close the port."""
    with _proxied(bench) as proxy:
        limiter, key = _behind(bench, proxy), bench.fresh()
        limiter.hit(key)
        proxy.set("refuse")
        yield _decided(bench, limiter, key, "redis_down", "the port of Redis is closed")
        yield _asked_on(bench, limiter, key, "redis_down", "the port of Redis stays closed")
        proxy.set("pass")
        yield from _again(bench, limiter, "redis_down")


def hung(bench: Bench) -> Iterator[Outage]:
    """Stop the server, so that it takes connections and answers nothing."""
    pid = bench.world.pid
    with _proxied(bench) as proxy:
        limiter, key = _behind(bench, proxy), bench.fresh()
        limiter.hit(key)
        os.kill(pid, signal.SIGSTOP)
        try:
            outage = _decided(bench, limiter, key, "redis_hung", "Redis is stopped (SIGSTOP)")
        finally:
            os.kill(pid, signal.SIGCONT)
        bench.world.move(0.0)
        yield outage
        yield from _again(bench, limiter, "redis_hung")


def slow(bench: Bench) -> Iterator[Outage]:
    """Let every answer come late."""
    with _proxied(bench) as proxy:
        limiter, key = _behind(bench, proxy), bench.fresh()
        limiter.hit(key)
        late = bench.promise.failure_within * 4
        proxy.set("slow", delay=late)
        yield _decided(bench, limiter, key, "redis_slow", f"each answer of Redis comes {late:g} s late")
        proxy.set("pass")
    with _proxied(bench) as proxy:
        limiter, key = _behind(bench, proxy), bench.fresh()
        limiter.hit(key)
        late = bench.promise.failure_within * _SHARE * _BELOW
        proxy.set("slow", delay=late)
        what = f"each answer of Redis comes {late:g} s late, for which the client waits"
        yield replace(_decided(bench, limiter, key, "redis_slow", what), answered=True)
        proxy.set("pass")


def readonly(bench: Bench) -> Iterator[Outage]:
    """Let Redis answer that it takes no writes, as one does that a failover has made a replica."""
    limiter, key = bench.limiter(*bench.lab), bench.fresh()
    limiter.hit(key)
    bench.observer.replicaof("127.0.0.1", "1")
    try:
        yield _decided(bench, limiter, key, "redis_readonly", "Redis is a replica, and takes no writes")
    finally:
        bench.observer.replicaof("NO", "ONE")
    yield from _again(bench, limiter, "redis_readonly")


def _behind(bench: Bench, proxy: Proxy) -> Any:  # noqa: ANN401  the project's own limiter
    from pytest_readiness.providers.redis.tapped import client_of_port

    client = client_of_port(proxy.port, bench.promise.failure_within * _SHARE)
    return bench.limiter(*bench.lab, client)


@contextlib.contextmanager
def _proxied(bench: Bench) -> Iterator[Proxy]:
    from pytest_readiness.providers.proxy import Proxy, Upstream

    with Proxy(Upstream(path=bench.world.path)) as proxy:
        yield proxy


def _decided(bench: Bench, limiter: Any, key: str, prop: str, what: str) -> Outage:  # noqa: ANN401
    """Ask in a thread, which may never come back, and wait for little more than what is declared."""
    answers: list[Hit] = []
    started = WALL()

    def ask() -> None:
        answers.append(bench.hit(limiter, key))

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(bench.promise.failure_within + _GRACE_S)
    seconds = WALL() - started
    if not answers:
        return Outage(prop, what, None, seconds, f"no decision within {seconds:.1f} s")
    return Outage(prop, what, answers[0].allowed, seconds, answers[0].error)


def _asked_on(bench: Bench, limiter: Any, key: str, prop: str, what: str) -> Outage:  # noqa: ANN401
    """Ask until it decides otherwise than is declared, or often enough."""
    admits = bench.promise.on_redis_failure == "admit"
    started = WALL()
    for number in range(1, _ASKED + 1):
        outage = _decided(bench, limiter, key, prop, f"{what}, hit {number}")
        if outage.allowed is not admits or WALL() - started > _ASKING_S:
            break
    return outage


def _again(bench: Bench, limiter: Any, prop: str) -> Iterator[Outage]:  # noqa: ANN401
    """See that it decides by Redis again, once Redis is back; a breaker may take a while to close."""
    limit, window = bench.lab
    size = bench.size(limit, window)
    bench.rest(limit, window)
    key, started = bench.fresh(), WALL()
    try:
        admitted = 0
        for _ in range(3):
            admitted = sum(admits(limiter.hit(key)) for _ in range(size + 2))
            if admitted == size:
                break
            bench.rest(limit, window)
        wrong = "" if admitted == size else f"{admitted} of {size + 2} hits are admitted, and not {size}"
    except Exception as error:  # noqa: BLE001  an observation
        wrong = said(error)
    if wrong:
        yield Outage(prop, "Redis is back", None, WALL() - started, wrong)
