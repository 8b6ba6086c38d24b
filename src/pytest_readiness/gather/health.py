"""Lets dependencies fail behind a proxy, and asks services how they are."""

from __future__ import annotations

import contextlib
import json
import os
import re
import secrets
import signal
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal

from pytest_readiness.evidence.health import HealthEvidence, Probe, ServiceHealth
from pytest_readiness.gather.store import Shard
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.settings import KAFKA, POSTGRES, REDIS, Health
from pytest_readiness.target.services import Request, url_of
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.providers.proxy import Proxy
    from pytest_readiness.target.services import Answer, RunningService

_SIDE_BY_SIDE = 2
"""Services that are asked at a time: they mostly wait, and two busy cores still keep their budgets."""
_CROWD = 40
_PATIENCE = 2.0
"""Seconds beyond all budgets until an answer is given up."""
_SEEN_WITHIN = 1.0
"""A state may be remembered for as long as this, and no longer."""
_ROUND_TRIPS = 12
Fault = Literal["blackhole", "reset", "refuse", "slow", "stopped"]
"""What is wrong with a dependency: a mode of its proxy, or that its process is stopped."""
_WORDS = {
    "healthy": {"healthy", "ok", "up", "pass", "passed", "passing", "ready", "alive", "live", "true"},
    "degraded": {"degraded", "warn", "warning", "partial"},
    "unhealthy": {"unhealthy", "fail", "failed", "failing", "error", "down", "critical", "unavailable",
                  "not ready", "not_ready", "out_of_service", "false"},
}  # fmt: skip
_STORABLE = re.compile(r"no-store|no-cache")
_TELLING = re.compile(
    r"(postgres(?:ql)?|rediss?|valkeys?)://|Traceback \(most recent|\bFile \"/|password=", re.IGNORECASE
)
_NUMBER_NAMES = re.compile(r"latency|duration|elapsed|time|observed|_ms$|^ms$|seconds", re.IGNORECASE)


@gatherer(strength=Strength.ATTACKED, shards=2)
def health(target: Target, shard: Shard) -> HealthEvidence:
    """Ask the services of this shard, one after another."""
    declared = target.settings.health
    if declared is None:
        return HealthEvidence((), absent="settings declare no health checks ([health])")
    with ThreadPoolExecutor(_SIDE_BY_SIDE) as pool:
        asked = pool.map(lambda name: examined(target, declared, name), shard.part(declared.services))
        return HealthEvidence(tuple(asked))


def examined(target: Target, declared: Health, name: str, faults: tuple[str, ...] = ()) -> ServiceHealth:
    """Start a service behind proxies, and let one dependency after another fail, in all ways or in some."""
    service = next(service for service in target.settings.services if service.name == name)
    scaled = any("{budget." in value for value in service.env.values())
    factor = declared.scale if scaled else 1.0
    required = {key: budget * factor for key, budget in declared.required.items()}
    optional = {key: budget * factor for key, budget in declared.optional.items()}
    budgets = {**required, **optional}
    with ExitStack() as stack:
        dependencies = _Dependencies(target, tuple(budgets), stack)
        values = dependencies.values | {f"budget.{key}": f"{budget:g}" for key, budget in budgets.items()}
        running = stack.enter_context(target.serving(name, values))
        ward = _Ward(running, declared, dependencies, budgets)
        probes = list(ward.healthy())
        stampede, before = ward.crowd(), ward.open()
        for fault, failing in _faults(budgets, dependencies):
            if faults and fault not in faults:
                continue
            probes += ward.failing(fault, failing)
        time.sleep(0.2)
        return ServiceHealth(
            name,
            required,
            optional,
            max({**declared.required, **declared.optional}.values()),
            declared.probe_timeout,
            tuple(probes),
            stampede,
            (before, ward.open()),
            tuple(key for key in budgets if any(_recorded(running.logs, word) for word in words_for(key))),
        )


def words_for(name: str) -> tuple[str, ...]:
    """Return how a dependency may be called: as settings do, or by another name of its kind."""
    kind = next((kind for kind in (POSTGRES, REDIS, KAFKA) if name in kind), ())
    return (name, *(word for word in kind if word != name))


def _faults(
    budgets: dict[str, float], dependencies: _Dependencies
) -> Iterator[tuple[Fault, tuple[str, ...]]]:
    faults: tuple[Fault, ...] = ("blackhole", "reset", "refuse", "slow")
    for name in budgets:
        for fault in faults:
            yield fault, (name,)
        if name in dependencies.processes:
            yield "stopped", (name,)
    if len(budgets) > 1:
        yield "blackhole", tuple(budgets)


class _Dependencies:
    """Real servers, each behind a proxy; the password in their URLs is a canary.

    Attributes:
        proxies: By dependency.
        processes: Pids of servers that may be stopped, by dependency.
        values: What the environment of a service is filled in with.
        secret: What no answer may tell.
    """

    def __init__(self, target: Target, names: tuple[str, ...], stack: ExitStack) -> None:
        self.proxies: dict[str, Proxy] = {}
        self.processes: dict[str, int] = {}
        self.values: dict[str, str] = {}
        canary = f"canary{secrets.token_hex(6)}"
        kinds = {name: next(kind for kind in (POSTGRES, REDIS, KAFKA) if name in kind) for name in names}
        postgres = self._postgres(target, canary, stack)
        redis = self._redis(target, canary, names, stack) if REDIS in kinds.values() else None
        kafka = self._kafka(stack) if KAFKA in kinds.values() else None
        for name, kind in kinds.items():
            proxy = {POSTGRES: postgres, REDIS: redis, KAFKA: kafka}[kind]
            if proxy is not None:
                self.proxies[name] = proxy

    def _postgres(self, target: Target, canary: str, stack: ExitStack) -> Proxy:
        from pytest_readiness.providers.proxy import Proxy, Upstream

        info = target.database().info
        path = f"{info.host}/.s.PGSQL.{info.port}" if info.host.startswith("/") else ""
        proxy = stack.enter_context(Proxy(Upstream(path, info.host, info.port)))
        self.secret = info.password or canary  # a server of ours asks for none, and takes any
        self.values["database_url"] = url_of(
            "127.0.0.1", proxy.port, target.built.owner, self.secret, info.dbname
        )
        return proxy

    def _redis(
        self, target: Target, canary: str, names: tuple[str, ...], stack: ExitStack
    ) -> Proxy | None:
        """Start one for this service alone, so that it can be stopped; else take what settings give."""
        from pytest_readiness.providers.proxy import Proxy, Upstream
        from pytest_readiness.providers.redis import embedded

        if target.settings.redis in {"auto", "embedded"}:
            with contextlib.suppress(ProviderError):
                booting = embedded.launch()
                stack.callback(booting.stop)
                server = booting.wait()
                pid = server.running.pid if server.running else 0
                self.processes = {name: pid for name in names if name in REDIS and pid}
                proxy = stack.enter_context(Proxy(Upstream(path=server.url.removeprefix("unix://"))))
                self.values["redis_url"] = f"redis://default:{canary}@127.0.0.1:{proxy.port}/0"
                return proxy
        url = target.redis_url()
        if not url.startswith("unix://"):
            self.values["redis_url"] = url
            return None
        proxy = stack.enter_context(Proxy(Upstream(path=url.removeprefix("unix://"))))
        self.values["redis_url"] = f"redis://default:{canary}@127.0.0.1:{proxy.port}/0"
        return proxy

    def _kafka(self, stack: ExitStack) -> Proxy:
        from pytest_readiness.providers.kafka import Broker
        from pytest_readiness.providers.proxy import Proxy, Upstream

        broker = stack.enter_context(Broker())
        proxy = stack.enter_context(Proxy(Upstream(port=broker.port)))
        broker.advertised = proxy.port
        self.values["kafka_url"] = f"127.0.0.1:{proxy.port}"
        return proxy

    def fail(self, name: str, fault: Fault, delay: float) -> None:
        """Let one fail from now on."""
        if fault == "stopped":
            os.kill(self.processes[name], signal.SIGSTOP)
        else:
            self.proxies[name].set(fault, delay=delay)

    def mend(self, name: str) -> None:
        """End whatever is wrong with it."""
        if name in self.processes:
            os.kill(self.processes[name], signal.SIGCONT)
        self.proxies[name].set("pass")


class _Ward:
    """A service with its dependencies at hand."""

    def __init__(
        self,
        service: RunningService,
        declared: Health,
        dependencies: _Dependencies,
        budgets: dict[str, float],
    ) -> None:
        self._service = service
        self._declared = declared
        self._dependencies = dependencies
        self._proxies = dependencies.proxies
        self._budgets = budgets
        self._secret = dependencies.secret
        paths = {"health": declared.path, "liveness": declared.liveness, "readiness": declared.readiness}
        self._paths = {endpoint: path for endpoint, path in paths.items() if path}

    def healthy(self) -> Iterator[Probe]:
        """Ask while nothing is wrong."""
        yield from self._round("none", ())

    def crowd(self) -> tuple[int, int]:
        """Let many ask at once, while each round of checks takes a while."""
        for name, proxy in self._proxies.items():
            proxy.set("slow", delay=self._delay(name))
        before = sum(proxy.opened for proxy in self._apart())
        with ThreadPoolExecutor(_CROWD) as pool:
            list(pool.map(lambda _: self._ask(self._declared.path), range(_CROWD)))
        opened = sum(proxy.opened for proxy in self._apart()) - before
        for proxy in self._proxies.values():
            proxy.set("pass")
        return _CROWD, opened

    def failing(self, fault: Fault, names: tuple[str, ...]) -> Iterator[Probe]:
        """Let dependencies fail, ask, mend them, and ask again."""
        try:
            for name in names:
                self._dependencies.fail(name, fault, self._delay(name))
            yield from self._settled(fault, names)
        finally:
            for name in names:
                self._dependencies.mend(name)
        yield from self._settled("recovered", names)

    def open(self) -> int:
        """How many connections the service holds."""
        return sum(proxy.open for proxy in self._apart())

    def _apart(self) -> set[Proxy]:
        return set(self._proxies.values())

    def _delay(self, name: str) -> float:
        """Return a delay of each answer with which a dependency still answers within its budget."""
        return self._budgets[name] / _ROUND_TRIPS

    def _settled(self, fault: str, names: tuple[str, ...]) -> list[Probe]:
        """Ask at once, and once more where a state that is remembered for a moment may be excused."""
        probes = list(self._round(fault, names))
        before = {probe.endpoint: (probe.status, probe.state) for probe in probes}
        expected = (503, "unhealthy") if fault not in {"recovered", "slow"} else (200, "healthy")
        if fault != "slow" and before.get("health") != expected and self._quick(probes):
            time.sleep(_SEEN_WITHIN)
            probes = list(self._round(fault, names))
        return probes

    def _quick(self, probes: list[Probe]) -> bool:
        return all(probe.seconds < min(self._budgets.values()) for probe in probes)

    def _round(self, fault: str, names: tuple[str, ...]) -> Iterator[Probe]:
        """Ask all endpoints at once, as an orchestrator does."""
        with ThreadPoolExecutor(len(self._paths)) as pool:
            answers = list(pool.map(self._ask, self._paths.values()))
        for endpoint, answer in zip(self._paths, answers, strict=True):
            yield self._probe(endpoint, fault, names, answer)

    def _ask(self, path: str) -> Answer:
        within = sum(self._budgets.values()) + _PATIENCE
        return self._service.send(Request("GET", path), within=within)

    def _probe(self, endpoint: str, fault: str, names: tuple[str, ...], answer: Answer) -> Probe:
        text = answer.body.decode(errors="replace")
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        said = answer.header("cache-control")
        leaks = [match.group() for match in _TELLING.finditer(text)]
        if self._secret in text:
            leaks.append("the password of a dependency")
        return Probe(
            endpoint=endpoint,
            fault=fault,
            failing=names,
            status=answer.status,
            state=_state(body),
            seconds=answer.seconds,
            cacheable="" if _STORABLE.search(said) else said or "no Cache-Control",
            leaks=tuple(dict.fromkeys(leaks)),
            latencies={name: _latencies(body, name) for name in self._budgets},
        )


def _state(body: Any) -> str:  # noqa: ANN401  whatever JSON holds
    if not isinstance(body, dict):
        return ""
    word = str(next((body[key] for key in ("status", "state", "health") if key in body), "")).lower()
    return next((state for state, words in _WORDS.items() if word in words), "")


def _latencies(body: Any, name: str) -> tuple[float, ...]:  # noqa: ANN401  the same
    """Return the numbers of a dependency by its own name, or else by the first other one that has any."""
    found = (tuple(_numbers(body, word)) for word in words_for(name))
    return next((numbers for numbers in found if numbers), ())


def _numbers(body: Any, name: str) -> Iterator[float]:  # noqa: ANN401  the same
    """Yield the numbers that belong to a dependency and are named like a time."""
    if isinstance(body, list):
        for item in body:
            named = isinstance(item, dict) and name in {str(v).lower() for v in item.values()}
            yield from _times(item) if named else _numbers(item, name)
    if isinstance(body, dict):
        for key, value in body.items():
            yield from _times(value) if name in str(key).lower() else _numbers(value, name)


def _times(entry: Any) -> Iterator[float]:  # noqa: ANN401  the same
    if isinstance(entry, list):
        yield from chain.from_iterable(map(_times, entry))
    if isinstance(entry, dict):
        for key, value in entry.items():
            plain = isinstance(value, int | float) and not isinstance(value, bool)
            if plain and _NUMBER_NAMES.search(str(key)):
                yield float(value)


def _recorded(log: str, name: str) -> bool:
    """Whether some line is a record, in JSON or of keys and values, that names a dependency."""
    for line in log.splitlines():
        if name not in line.lower():
            continue
        start = line.find("{")
        try:
            if start >= 0 and isinstance(json.loads(line[start:]), dict):
                return True
        except ValueError:
            pass
        if re.search(rf"\b\w+=\"?{re.escape(name)}\b", line, re.IGNORECASE):
            return True
    return False
