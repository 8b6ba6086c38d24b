"""Sends requests to limited endpoints, within and beyond the limit, and around it."""

from __future__ import annotations

import json
import os
import re
import time
from contextlib import ExitStack
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.endpoints import EndpointEvidence, LimitedEndpoint, Refusal, Volley
from pytest_readiness.gather.limits.trials import promise_of
from pytest_readiness.gather.limits.worlds import MOVED, WALL
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.target.services import Request
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from pytest_readiness.providers.clock import MovableClock
    from pytest_readiness.settings import Http, Limit
    from pytest_readiness.target.services import Answer, RunningService

_SUCCESS = range(200, 300)
_NOTICED_WITHIN = 3.0
_CLOSE = 0.001
_TELLING = re.compile(r"(rediss?|valkeys?|postgres(?:ql)?)://|Traceback \(most recent|\bFile \"/")
_FORWARDED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Originating-IP",
    "X-Cluster-Client-IP",
)


@gatherer(strength=Strength.ATTACKED)
def endpoints(target: Target) -> EndpointEvidence:
    """Attack every endpoint, each on a service and a Redis of its own."""
    declared = [limit for limit in target.settings.limits if limit.http]
    if not declared:
        return EndpointEvidence((), absent="settings declare no limited endpoint ([[limits]] with `http`)")
    return EndpointEvidence(tuple(besieged(target, limit) for limit in declared))


def besieged(target: Target, limit: Limit, groups: tuple[str, ...] = ()) -> LimitedEndpoint:
    """Attack one endpoint, in all ways or in those of some groups."""
    http = limit.http
    assert http is not None  # noqa: S101  asked for by the caller
    with ExitStack() as stack:
        era = _Era(target, stack)
        connection = target.database()
        values = {"database_url": target.database_url(connection), "redis_url": era.url}
        running = stack.enter_context(target.serving(http.service, values, also=era.variables))
        siege = _Siege(running, era, limit, http, connection)
        siege.calm()
        first = siege.shot()
        if first.status not in _SUCCESS:
            broken = (
                f"a first request is answered {first.status or first.error}, so that refusals prove nothing"
            )
            where, promise = f"{http.method} {http.path}", promise_of(limit)
            return LimitedEndpoint(limit.name, where, promise, era.technique, (), None, (), broken)
        volleys, refusals = siege.all(groups)
        return LimitedEndpoint(
            name=limit.name,
            where=f"{http.method} {http.path}",
            promise=promise_of(limit),
            technique=era.technique,
            volleys=tuple(volleys),
            admitted=siege.seen(first),
            refusals=tuple(refusals),
        )


class _Era:
    """The time of a service and of its Redis: moved where it can be, else true."""

    def __init__(self, target: Target, stack: ExitStack) -> None:
        from pytest_readiness.providers.clock import SERVER, movable_clock
        from pytest_readiness.providers.redis import embedded, tapped

        self.variables: dict[str, str] = {}
        self._clock: MovableClock | None = None
        try:
            self._clock = movable_clock()
        except ProviderError as error:
            self.url = target.redis_url()
            self.technique = f"{WALL} ({error})"
            return
        stack.callback(self._clock.close)
        booting = embedded.launch(self._clock.variables(SERVER))
        stack.callback(booting.stop)
        server = booting.wait()
        target.note_redis(server.version, server.provider)
        self.url = server.url
        self.variables = dict(self._clock.variables(SERVER))
        self.technique = MOVED
        self._watch = tapped.client(self.url.removeprefix("unix://"))

    @property
    def moves(self) -> bool:
        """Whether time can be moved."""
        return self._clock is not None

    def now(self) -> float:
        """Return the time of the service."""
        return time.time() + (self._clock.ahead() if self._clock else 0.0)

    def move(self, seconds: float) -> None:
        """Let time pass, and return when Redis has noticed."""
        if self._clock is None:
            time.sleep(seconds)
            return
        self._clock.move(seconds)
        deadline = time.monotonic() + _NOTICED_WITHIN
        while True:
            whole, micro = self._watch.time()
            if abs(self.now() - whole - micro / 1e6) < _CLOSE:
                return
            if time.monotonic() > deadline:
                raise EvidenceError("inconclusive", "Redis does not follow its clock")


class _Siege:
    """Requests to one endpoint."""

    def __init__(
        self,
        service: RunningService,
        era: _Era,
        limit: Limit,
        http: Http,
        connection: psycopg.Connection,
    ) -> None:
        self._service = service
        self._era = era
        self._limit = limit
        self._http = http
        self._connection = connection
        self._turns = count()
        self._left = http.requests
        self._valid = [_resolved(value) for value in http.valid]

    def calm(self) -> None:
        """Wait until nobody has used up anything, far from the end of a window counted from 1970."""
        window = self._limit.window
        self._era.move(2.1 * window)
        self._era.move((0.37 * window - self._era.now() % window) % window)

    def shot(self, **changes: Any) -> Answer:  # noqa: ANN401  fields of a request
        """Send one request as the first caller."""
        return self._send(self._request(**changes))

    def seen(self, answer: Answer) -> Refusal:
        """Return an answer as an observation."""
        text = answer.body.decode(errors="replace")
        leaks = [match.group() for match in _TELLING.finditer(text)]
        leaks += ["the credential of the caller" for value in self._valid if value in text]
        return Refusal(answer.status, answer.headers, text[:500], tuple(dict.fromkeys(leaks)))

    def all(self, groups: tuple[str, ...]) -> tuple[list[Volley], list[Refusal]]:
        """Send everything."""
        volleys: list[Volley] = []
        refusals: list[Refusal] = []
        for group, attack in (
            ("exact", self._exact),
            ("bypass", self._bypasses),
            ("bypass", self._strangers),
            ("boundary", self._boundaries),
            ("refusal", self._refusals),
        ):
            if groups and group not in groups:
                continue
            for seen in attack():
                (volleys if isinstance(seen, Volley) else refusals).append(seen)  # type: ignore[arg-type]
        return volleys, refusals

    def _exact(self) -> Iterator[Volley | Refusal]:
        self.calm()
        asked = self._limit.limit + 3
        yield self._volley("exact", f"{asked} requests of one caller at once", [self._request()] * asked)
        yield from self._neighbours()
        preflight = self._request(method="OPTIONS", headers=(("Origin", "https://a.example"),
                                  ("Access-Control-Request-Method", self._http.method)))  # fmt: skip
        yield self._volley("preflight", "OPTIONS, once the limit is used up", [preflight])

    def _neighbours(self) -> Iterator[Volley]:
        """Ask as others while the first caller has used up the limit."""
        if self._http.caller and len(self._valid) > 1:
            other = self._request(caller=self._valid[1])
            yield self._volley("neighbour", "another credential", [other])
        elif not self._http.caller:
            yield self._volley("neighbour", "another address", [self._request(source="127.0.0.9")])

    def _bypasses(self) -> Iterator[Volley | Refusal]:
        """Try to be served by the same handler once the limit is used up."""
        self.calm()
        for _ in range(self._limit.limit + 1):
            self.shot()
        path = self._http.path
        middle = len(path) // 2
        paths = {
            "a slash at the end": f"{path}/",
            "capitals": path.upper(),
            "a query": f"{path}?nocache=1",
            "a dot segment": f"/.{path}",
            "a parent segment": f"/x/..{path}",
            "two slashes": f"/{path}",
            "an encoded letter": f"{path[:middle]}%{ord(path[middle]):02X}{path[middle + 1 :]}",
            "a semicolon": f"{path};x=1",
            "an encoded slash at the end": f"{path}%2F",
            "a space at the end": f"{path}%20",
        }
        for what, other in paths.items():
            yield self._volley("bypass", f"the path with {what} ({other[:60]})", [self._request(path=other)])
        for method in ("GET", "POST", "HEAD", "PUT", "PATCH", "DELETE"):
            alike = method == "HEAD" and self._http.method == "GET"
            if method != self._http.method and (self._http.work or alike):
                yield self._volley("bypass", f"by {method}", [self._request(method=method)])
        for name in (*_FORWARDED, "X-HTTP-Method-Override", "X-Original-URL", "X-RateLimit-Bypass"):
            value = {"X-HTTP-Method-Override": "PUT", "X-Original-URL": "/", "X-RateLimit-Bypass": "1"}
            request = self._request(headers=((name, value.get(name, "203.0.113.7")),))
            yield self._volley("bypass", f"with the header {name}", [request])
        if self._http.caller:
            request = self._request(name=self._http.caller.swapcase())
            yield self._volley("bypass", "the name of the credential's header in other letters", [request])

    def _strangers(self) -> Iterator[Volley | Refusal]:
        """Use up what an address without a credential has, and then claim to be others."""
        self.calm()
        bare = self._request(caller="")
        if self._send(bare).status not in _SUCCESS:
            return
        for _ in range(self._limit.limit):
            self._send(bare)
        for name in _FORWARDED:
            requests = [self._request(caller="", headers=((name, f"203.0.113.{n}"),)) for n in (1, 2)]
            yield self._volley("bypass", f"without a credential, with another {name} each time", requests)
        forwarded = self._request(caller="", headers=(("Forwarded", "for=203.0.113.3"),))
        yield self._volley("bypass", "without a credential, with the header Forwarded", [forwarded])
        if self._http.caller:
            wrong = [f"{value}-{n}" for value in self._http.invalid for n in range(3)]
            yield self._volley(
                "bypass",
                "with another wrong credential each time",
                [self._request(caller=value) for value in (*self._http.invalid, *wrong)],
            )

    def _boundaries(self) -> Iterator[Volley | Refusal]:
        """Ask for the whole limit before and after the end of a window."""
        if not self._era.moves:
            return
        limit, window = self._limit.limit, self._limit.window
        ends = (("counted from 1970", 0, 12.5 / 13), ("of the first request", 1, 0.2))
        for what, lead, share in ends:
            self.calm()
            self._era.move((share * window - self._era.now() % window) % window)
            for _ in range(lead):
                self.shot()
                self._era.move(12.5 / 13 * window)
            statuses = [self.shot().status for _ in range(limit)]
            self._era.move(window / 13)
            statuses += [self.shot().status for _ in range(limit)]
            served = sum(status in _SUCCESS for status in statuses)
            text = f"twice the limit around the end of a window {what}, within a thirteenth of one"
            yield Volley("boundary", text, tuple(statuses), served, None, len(statuses))

    def _refusals(self) -> Iterator[Volley | Refusal]:
        """Look at refusals, and come back when they say so."""
        limit, window = self._limit.limit, self._limit.window
        for pause in (0.0, 0.2963) if self._era.moves else (0.0,):
            self.calm()
            for number in range(limit):
                if number == limit // 2:
                    self._era.move(pause * window)
                self.shot()
            self._era.move(pause * window / 2)
            answer = self.shot()
            refusal = self.seen(answer)
            wait = seconds_of(refusal.header("retry-after"), refusal.header("date"))
            if (
                answer.status in _SUCCESS
                or wait is None
                or not 0 < wait <= 2 * window + 1
                or not self._era.moves
            ):
                yield refusal
                continue
            early = None
            if wait > 1.5:  # noqa: PLR2004  whole seconds: nothing can be said of less
                self._era.move(wait - 1.3)
                early = int(self.shot().status in _SUCCESS)
                self._era.move(1.35)
            else:
                self._era.move(wait + 0.05)
            yield replace(refusal, early=early, late=int(self.shot().status in _SUCCESS))

    def _volley(self, group: str, what: str, requests: list[Request]) -> Volley:
        before = self._work()
        statuses = tuple(self._send(request).status for request in requests)
        after = self._work()
        work = None if before is None or after is None else after - before
        served = sum(status in _SUCCESS for status in statuses)
        return Volley(group, what, statuses, served, work, len(requests))

    def _request(
        self,
        *,
        caller: str | None = None,
        name: str = "",
        headers: tuple[tuple[str, str], ...] = (),
        path: str = "",
        method: str = "",
        source: str = "",
    ) -> Request:
        credential = (self._valid[0] if self._valid else "") if caller is None else caller
        named = name or self._http.caller
        own = ((named, credential),) if named and credential else ()
        body = self._http.body.encode()
        typed = (("Content-Type", "application/json"),) if body else ()
        verb = method or self._http.method
        sends = verb not in {"GET", "HEAD", "OPTIONS"}
        return Request(
            verb, path or self._http.path, (*typed, *own, *headers), body if sends else b"", source=source
        )

    def _send(self, request: Request) -> Answer:
        self._left -= 1
        if self._left < 0:
            raise EvidenceError(
                "budget", f"{self._http.requests} requests were sent to {self._http.path}, and no more may be"
            )
        return self._service.send(request, next(self._turns))

    def _work(self) -> int | None:
        """Return how often the handler has run, in all instances."""
        work = self._http.work
        if not work:
            return None
        if not work.upper().startswith("GET "):
            row = self._connection.execute(work.encode()).fetchone()
            return int(row[0]) if row else None
        request = Request("GET", work[4:].strip())
        answers = [self._service.send(request, n) for n in range(len(self._service.ports))]
        numbers = [_number(answer.body) for answer in answers]
        return None if None in numbers else sum(number or 0 for number in numbers)


def seconds_of(value: str, date: str) -> float | None:
    """Return what a Retry-After names, in seconds or as a date; None where it is neither."""
    from email.utils import parsedate_to_datetime

    if re.fullmatch(r"\d{1,9}", value.strip()):
        return float(value)
    try:
        return (parsedate_to_datetime(value) - parsedate_to_datetime(date)).total_seconds()
    except (TypeError, ValueError):
        return None


def _number(body: bytes) -> int | None:
    """Return the first whole number of a body, which is one, or JSON with one in it."""
    try:
        value: Any = json.loads(body)
    except ValueError:
        return None
    if isinstance(value, dict):
        value = next((item for item in value.values() if isinstance(item, int)), None)
    return value if isinstance(value, int) else None


def _resolved(value: str) -> str:
    if not value.startswith("env:"):
        return value
    name = value.removeprefix("env:")
    if not os.environ.get(name):
        raise EvidenceError("not assessable", f"the variable {name} holds no credential")
    return os.environ[name]
