"""Lets dependencies fail behind a proxy, and asks services how they are."""

from __future__ import annotations

import json
import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import chain
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.health import HealthEvidence, Probe, ServiceHealth
from pytest_readiness.gather.store import Shard
from pytest_readiness.settings import REDIS, Health
from pytest_readiness.target.services import Request, url_of
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.providers.proxy import Mode, Proxy
    from pytest_readiness.target.services import Answer, RunningService

_CROWD = 40
_PATIENCE = 2.0
"""Seconds beyond all budgets until an answer is given up."""
_SEEN_WITHIN = 1.0
"""A state may be remembered for as long as this, and no longer."""
_ROUND_TRIPS = 12
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
    return HealthEvidence(tuple(examined(target, declared, name) for name in shard.part(declared.services)))


def examined(target: Target, declared: Health, name: str, faults: tuple[str, ...] = ()) -> ServiceHealth:
    """Start a service behind proxies, and let one dependency after another fail, in all ways or in some."""
    service = next(service for service in target.settings.services if service.name == name)
    scaled = any("{budget." in value for value in service.env.values())
    factor = declared.scale if scaled else 1.0
    required = {key: budget * factor for key, budget in declared.required.items()}
    optional = {key: budget * factor for key, budget in declared.optional.items()}
    budgets = {**required, **optional}
    with ExitStack() as stack:
        proxies, values, secret = _dependencies(target, budgets, stack)
        values |= {f"budget.{key}": f"{budget:g}" for key, budget in budgets.items()}
        running = stack.enter_context(target.serving(name, values))
        ward = _Ward(running, declared, proxies, budgets, secret)
        probes = list(ward.healthy())
        stampede, before = ward.crowd(), ward.open()
        for fault, failing in _faults(budgets):
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
            tuple(key for key in budgets if _recorded(running.logs, key)),
        )


def _faults(budgets: dict[str, float]) -> Iterator[tuple[Mode, tuple[str, ...]]]:
    for name in budgets:
        for fault in ("blackhole", "reset", "refuse", "slow"):
            yield fault, (name,)
    if len(budgets) > 1:
        yield "blackhole", tuple(budgets)


def _dependencies(
    target: Target, budgets: dict[str, float], stack: ExitStack
) -> tuple[dict[str, Proxy], dict[str, str], str]:
    """Put a proxy before each dependency; the password in their URLs is a canary."""
    from pytest_readiness.providers.proxy import Proxy, Upstream

    proxies: dict[str, Proxy] = {}
    values: dict[str, str] = {}
    canary = f"canary{secrets.token_hex(6)}"
    connection = target.database()
    info = connection.info
    path = f"{info.host}/.s.PGSQL.{info.port}" if info.host.startswith("/") else ""
    postgres = stack.enter_context(Proxy(Upstream(path, info.host, info.port)))
    password = info.password or canary  # a server of ours asks for none, and takes any
    values["database_url"] = url_of("127.0.0.1", postgres.port, target.built.owner, password, info.dbname)
    redis: Proxy | None = None
    if any(name in REDIS for name in budgets):
        url = target.redis_url()
        if url.startswith("unix://"):
            redis = stack.enter_context(Proxy(Upstream(path=url.removeprefix("unix://"))))
            values["redis_url"] = f"redis://default:{canary}@127.0.0.1:{redis.port}/0"
        else:
            values["redis_url"] = url
    for name in budgets:
        if name not in REDIS:
            proxies[name] = postgres
        elif redis is not None:
            proxies[name] = redis
    return proxies, values, password


class _Ward:
    """A service with its dependencies at hand."""

    def __init__(
        self,
        service: RunningService,
        declared: Health,
        proxies: dict[str, Proxy],
        budgets: dict[str, float],
        secret: str,
    ) -> None:
        self._service = service
        self._declared = declared
        self._proxies = proxies
        self._budgets = budgets
        self._secret = secret
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

    def failing(self, fault: Mode, names: tuple[str, ...]) -> Iterator[Probe]:
        """Let dependencies fail, ask, mend them, and ask again."""
        for name in names:
            self._proxies[name].set(fault, delay=self._delay(name))
        yield from self._settled(fault, names)
        for name in names:
            self._proxies[name].set("pass")
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
            latencies={name: tuple(_numbers(body, name)) for name in self._budgets},
        )


def _state(body: Any) -> str:  # noqa: ANN401  whatever JSON holds
    if not isinstance(body, dict):
        return ""
    word = str(next((body[key] for key in ("status", "state", "health") if key in body), "")).lower()
    return next((state for state, words in _WORDS.items() if word in words), "")


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
