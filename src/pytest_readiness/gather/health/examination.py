"""Lets dependencies fail behind a proxy, and asks services how they are."""

from __future__ import annotations

import json
import re
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import TYPE_CHECKING

from pytest_readiness.evidence.health import Abandoned, HealthEvidence, Probe, ServiceHealth
from pytest_readiness.gather.health.answers import latencies, leaks, recorded, state
from pytest_readiness.gather.health.dependencies import Dependencies, words_for
from pytest_readiness.gather.store import Shard
from pytest_readiness.target.requests import Request
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from pytest_readiness.gather.health.dependencies import Fault
    from pytest_readiness.providers.proxy import Proxy
    from pytest_readiness.settings import Health
    from pytest_readiness.target.requests import Answer
    from pytest_readiness.target.services import RunningService

_SIDE_BY_SIDE = 2
"""Services that are asked at a time: they mostly wait, and two busy cores still keep their budgets."""
_CROWD = 40
_PATIENCE = 2.0
"""Seconds beyond all budgets until an answer is given up."""
_SEEN_WITHIN = 1.0
"""A state may be remembered for as long as this, and no longer; who asks in the background, and not when he
is asked, learns of it a round of checks later."""
_AGAIN, _LATE = 0.2, 0.5
"""Seconds from one look to the next, and that a busy machine may add to all."""
_ROUND_TRIPS = 12
_POLL = 0.05
_ROUNDS = 2
"""Of probes while all dependencies hang."""
_MORE_ROUNDS = 4
"""Where those left connections behind: enough that a bounded number of them is told from one a round."""
_GIVEN_UP_WITHIN = 6.0
"""Seconds: drivers wait for up to five where nobody tells them how long, if there is an end to it."""
_FOR_GOOD_S = 30.0
"""As many more where a connection of each round is still held: longer than time-outs that somebody chose."""
_HUNG = {"blackhole", "stopped"}
_ASKED_AGAIN = 2
"""Times, where an answer came too late, or liveness waited: no machine is so busy each time."""
_BEHIND_S = 0.02
"""By which liveness is asked after the others, so that it meets them while they wait."""
_OVER_S = 0.1
_HEARD_WITHIN = 1.0
"""Seconds in which a client that waits on a connection learns that it has ended."""
_STORABLE = re.compile(r"no-store|no-cache")


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
    required, optional = _in_force(target, declared, name)
    budgets = {**required, **optional}
    with ExitStack() as stack:
        dependencies = Dependencies(target, tuple(budgets), stack)
        values = dependencies.values | {f"budget.{key}": f"{budget:g}" for key, budget in budgets.items()}
        running = stack.enter_context(target.serving(name, values))
        ward = _Ward(running, declared, dependencies, budgets, frozenset(required))
        ward.started()
        probes = list(ward.healthy())
        stampede, before = ward.crowd(), ward.open()
        well = running.written
        probes += _attacked(ward, _faults(budgets, dependencies), faults)
        time.sleep(0.2)
        log = "".join(text[len(old) :] for text, old in zip(running.written, well, strict=True))
        usual = "".join(well)
        return ServiceHealth(
            name,
            required,
            optional,
            max({**declared.required, **declared.optional}.values()),
            declared.probe_timeout,
            tuple(probes),
            stampede,
            (before, ward.open()),
            tuple(key for key in budgets if any(recorded(log, word, usual) for word in words_for(key))),
            ward.abandoned,
        )


def _in_force(target: Target, declared: Health, name: str) -> tuple[dict[str, float], dict[str, float]]:
    """Return the budgets of what a service requires, and of what it does not: scaled if it takes them so."""
    service = next(service for service in target.settings.services if service.name == name)
    scaled = any("{budget." in value for value in service.env.values())
    factor = declared.scale if scaled else 1.0
    required, optional = (
        {key: budget * factor for key, budget in of.items()} for of in (declared.required, declared.optional)
    )
    return required, optional


def _attacked(
    ward: _Ward, attacks: Iterator[tuple[Fault, tuple[str, ...]]], chosen: tuple[str, ...]
) -> Iterator[Probe]:
    for fault, failing in attacks:
        if not chosen or fault in chosen:
            yield from ward.failing(fault, failing)
    if not chosen or "blackhole" in chosen:
        yield from ward.lasting()


def _faults(budgets: dict[str, float], dependencies: Dependencies) -> Iterator[tuple[Fault, tuple[str, ...]]]:
    faults: tuple[Fault, ...] = ("blackhole", "reset", "refuse", "slow")
    for name in budgets:
        for fault in faults:
            yield fault, (name,)
        if name in dependencies.processes:
            yield "stopped", (name,)


class _Ward:
    """A service with its dependencies at hand.

    Attributes:
        abandoned: As in `ServiceHealth`.
    """

    def __init__(
        self,
        service: RunningService,
        declared: Health,
        dependencies: Dependencies,
        budgets: dict[str, float],
        required: frozenset[str],
    ) -> None:
        self._service = service
        self._declared = declared
        self._dependencies = dependencies
        self._proxies = dependencies.proxies
        self._budgets = budgets
        self._required = required
        self._secret = dependencies.secret
        self.abandoned: dict[str, Abandoned] = {}
        self._watched: set[Proxy] = set()
        paths = {"health": declared.path, "liveness": declared.liveness, "readiness": declared.readiness}
        self._paths = {endpoint: path for endpoint, path in paths.items() if path}

    def started(self) -> None:
        """Wait until it says that it is well: a service that warms up first is not ready, and alive."""
        within = self._service.declared.ready_within
        self._until(lambda: self._as_it_is("none", (), list(self._round("none", ()))), within)

    def healthy(self) -> Iterator[Probe]:
        """Ask while nothing is wrong, and see what the service asks while nobody asks it."""
        yield from self._round("none", ())
        time.sleep(_AGAIN)
        before = {proxy: proxy.asked for proxy in self._apart()}
        # Who asks once in that time does so a moment later than that, by what each round of checks takes.
        within = _SEEN_WITHIN + _LATE
        self._until(lambda: all(proxy.asked > count for proxy, count in before.items()), within)
        self._watched = {proxy for proxy, count in before.items() if proxy.asked > count}

    def crowd(self) -> tuple[int, int]:
        """Let many ask at once, while each round of checks takes a while."""
        for name, proxy in self._proxies.items():
            proxy.set("slow", delay=self._delay(name))
        before = {proxy: proxy.opened for proxy in self._apart()}
        with ThreadPoolExecutor(_CROWD) as pool:
            answers = list(pool.map(lambda _: self._ask(self._declared.path), range(_CROWD)))
        opened = max(proxy.opened - count for proxy, count in before.items())
        for proxy in self._proxies.values():
            proxy.set("pass")
        return _CROWD if any(answer.status for answer in answers) else 0, opened

    def failing(self, fault: Fault, names: tuple[str, ...]) -> Iterator[Probe]:
        """Let dependencies fail, ask, mend them, and ask again."""
        try:
            for name in names:
                self._dependencies.fail(name, fault, self._delay(name))
            probes = self._settled(fault, names)
            yield from probes
            for _ in range(_ASKED_AGAIN):
                if fault not in _HUNG or not self._late(probes, names):
                    break
                probes = list(self._round(fault, names))
                yield from probes
        finally:
            for name in names:
                self._dependencies.mend(name)
        yield from self._settled("recovered", names)

    def _late(self, probes: list[Probe], names: tuple[str, ...]) -> bool:
        """Whether all answered, one after the budget was over, or liveness when it waited for what hangs."""
        budget = max(self._budgets[name] for name in names)
        late = any(
            probe.seconds > (budget / 2 if probe.endpoint == "liveness" else budget + _OVER_S)
            for probe in probes
        )
        return late and all(probe.status for probe in probes)

    def lasting(self) -> Iterator[Probe]:
        """Let all hang while probes go on, and lose what connected meanwhile.

        Checks that are abandoned may keep threads or connections of a pool for good. Whether they do shows
        when all is well again, and there is none left; or in connections, of which each round leaves one that
        somebody still waits on. Those that nobody waits on may be garbage that is not yet collected.
        """
        first = yield from self._hanging(tuple(self._budgets), _ROUNDS)
        held = [proxy for proxy in self._apart() if proxy.silent >= len(first)]
        if not held:
            return
        last = yield from self._hanging(
            tuple(name for proxy in held for name in self._led_by(proxy)), _MORE_ROUNDS
        )
        ended, rounds = time.monotonic(), len(first) + len(last)
        self._until(lambda: all(proxy.silent < rounds for proxy in held), _FOR_GOOD_S)
        for proxy in held:
            seconds, left = _GIVEN_UP_WITHIN + time.monotonic() - ended, self._waited_on(proxy)
            added = tuple(opened[proxy] for opened in last)
            self.abandoned[" and ".join(self._led_by(proxy))] = Abandoned(rounds, added, left, seconds)

    def _led_by(self, proxy: Proxy) -> list[str]:
        """Return the dependencies that are behind a proxy: names of one kind share it."""
        return [name for name, its in self._proxies.items() if its is proxy]

    def _waited_on(self, proxy: Proxy) -> int:
        """End what is lost, and return on how many of those connections somebody was still waiting."""
        before = proxy.silent
        proxy.hang_up()
        self._until(lambda: not proxy.silent, _HEARD_WITHIN)
        return before - proxy.silent

    def _hanging(self, names: tuple[str, ...], rounds: int) -> Generator[Probe, None, list[dict[Proxy, int]]]:
        """Ask while these hang, and lose what connected; return how many connections each round opened."""
        budgets = [self._budgets[name] for name in names]
        waits: list[float] = []
        opened: list[dict[Proxy, int]] = []
        try:
            for name in names:
                self._dependencies.fail(name, "blackhole", 0.0)
            for number in range(rounds + 1):
                if number == rounds and min(waits, default=0.0) < max(budgets) + min(budgets) / 2:
                    break  # one more only where a busy machine may be to blame
                before = {proxy: proxy.opened for proxy in self._apart()}
                probes = self._waited(names)
                opened.append({proxy: proxy.opened - count for proxy, count in before.items()})
                waits += [] if self._quick(probes) else [max(probe.seconds for probe in probes)]
                yield from probes
        finally:
            for name in names:
                self._dependencies.mend(name, lost=True)
        self._until(lambda: not any(proxy.silent for proxy in self._apart()), _GIVEN_UP_WITHIN)
        yield from self._settled("recovered", names)
        return opened

    def _waited(self, names: tuple[str, ...]) -> list[Probe]:
        """Ask while all hang; what is remembered of the last round is no answer to this one."""
        probes = self._settled("blackhole", names)
        if self._quick(probes):
            time.sleep(_SEEN_WITHIN)
            probes = list(self._round("blackhole", names))
        return probes

    def _until(self, over: Callable[[], bool], within: float) -> None:
        """Give drivers the time to notice that connections are lost."""
        deadline = time.monotonic() + within
        while not over() and time.monotonic() < deadline:
            time.sleep(_POLL)

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
        within = _SEEN_WITHIN + _LATE
        if any(self._proxies.get(name) in self._watched for name in names):
            within += max(self._budgets.values())
        pause, over = _SEEN_WITHIN, time.monotonic() + within
        while fault != "slow" and self._quick(probes) and not self._as_it_is(fault, names, probes):
            if time.monotonic() + pause > over:
                break
            time.sleep(pause)
            pause, probes = _AGAIN, list(self._round(fault, names))
        return probes

    def _as_it_is(self, fault: str, names: tuple[str, ...], probes: list[Probe]) -> bool:
        """Whether the answers say what is so."""
        down = {*names} if fault not in {"none", "recovered"} else set()
        lost = bool(down & self._required)
        health = (503, "unhealthy") if lost else (200, "degraded" if down else "healthy")
        said = {probe.endpoint: (probe.status, probe.state) for probe in probes}
        ready = said.get("readiness", (503 if lost else 200, ""))[0] in range(200, 400)
        return said.get("health", health) == health and ready is not lost

    def _quick(self, probes: list[Probe]) -> bool:
        return all(probe.seconds < min(self._budgets.values()) for probe in probes)

    def _round(self, fault: str, names: tuple[str, ...]) -> Iterator[Probe]:
        """Ask all endpoints at once, as an orchestrator does."""

        def ask(endpoint: str) -> Answer:
            if endpoint == "liveness" and fault in _HUNG:
                time.sleep(_BEHIND_S)
            return self._ask(self._paths[endpoint])

        with ThreadPoolExecutor(len(self._paths)) as pool:
            answers = list(pool.map(ask, self._paths))
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
        written = "\n".join((text, *(value for _, value in answer.headers)))
        return Probe(
            endpoint=endpoint,
            fault=fault,
            failing=names,
            status=answer.status,
            state=state(body),
            seconds=answer.seconds,
            cacheable="" if _STORABLE.search(said) else said or "no Cache-Control",
            leaks=tuple(leaks(written, self._secret, [proxy.port for proxy in self._apart()])),
            latencies={name: latencies(body, name) for name in self._budgets},
        )
