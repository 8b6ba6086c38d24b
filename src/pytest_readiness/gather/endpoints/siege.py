"""Requests to one limited endpoint, within and beyond the limit, and around it."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import count
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.endpoints import Interruption, Refusal, Volley
from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.gather.endpoints import processes
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.target.requests import Request, send

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from pytest_readiness.gather.endpoints.era import Era
    from pytest_readiness.settings import Http, Limit
    from pytest_readiness.target.requests import Answer, Lines, Place
    from pytest_readiness.target.services import RunningService

_GRACE_S = 2.0
"""Seconds beyond the declared time until an answer without Redis is given up."""
_LAST = 20
"""Requests that are kept for the outages."""
_CROWD = 16
"""Requests that meet: whoever looks first and counts later lets more than one of them through."""
_TELLING = re.compile(r"(rediss?|valkeys?|postgres(?:ql)?)://|Traceback \(most recent|\bFile \"/")
_LONG = 4
"""Letters of a credential that is looked for in headers: shorter ones stand there by chance."""
_FORWARDED = (
    "X-Forwarded-For",
    "X-Real-IP",
    "X-Client-IP",
    "True-Client-IP",
    "CF-Connecting-IP",
    "X-Originating-IP",
    "X-Cluster-Client-IP",
)
_HOPS = (2, 3, 4)
"""Addresses in one header: who believes the last but one believes nobody who sends a single one."""
_CLAIMS = (
    "User-Agent",
    "Cookie",
    "Accept-Language",
    "Referer",
    "Origin",
    "Authorization",
    "X-Api-Key",
    "X-User-Id",
    "X-Tenant-Id",
    "X-Session-Id",
    "X-Device-Id",
    "X-Request-Id",
    "X-Correlation-Id",
)
"""Headers in which anybody may claim to be somebody else."""


class Siege:
    """Requests to one endpoint."""

    def __init__(
        self,
        service: RunningService,
        lines: Lines,
        era: Era,
        limit: Limit,
        http: Http,
        connection: psycopg.Connection,
        *,
        others: tuple[Http, ...],
    ) -> None:
        self._service = service
        self._lines = lines
        self._era = era
        self._limit = limit
        self._http = http
        self._connection = connection
        self._others = others
        self._turns = count()
        self._left = http.requests
        self._used_up = False
        self._runs: int | None = None
        self._valid = [_resolved(value) for value in http.valid]

    def calm(self) -> None:
        """Wait until nobody has used up anything, far from the end of a window counted from 1970."""
        window = self._limit.window
        self._used_up = False
        self._era.move(2.1 * window)
        self._era.move((0.37 * window - self._era.now() % window) % window)

    def shot(self, **changes: Any) -> Answer:  # noqa: ANN401  fields of a request
        """Send one request as the first caller."""
        self._runs = None
        return self._send(self._request(**changes))

    def at(self, place: Place) -> Answer:
        """Send the same to a process that is no instance of the service."""
        self._left -= 1
        return send(place, self._request(), 10.0)

    def affords(self, requests: int) -> bool:
        """Whether as many more may be sent, and those without Redis."""
        return self._left > requests + _LAST

    def seen(self, answer: Answer) -> Refusal:
        """Return an answer as an observation."""
        text = answer.body.decode(errors="replace")
        headers = "\n".join(value for _, value in answer.headers)
        leaks = [match.group() for match in _TELLING.finditer(f"{text}\n{headers}")]
        told = (value in text or (len(value) >= _LONG and value in headers) for value in self._valid)
        leaks += ["the credential of the caller" for tells in told if tells]
        socket = self._era.url.removeprefix("unix://")
        if socket.startswith("/") and socket in f"{text}\n{headers}":
            leaks.append("the socket of Redis")
        return Refusal(answer.status, answer.headers, text[:500], tuple(dict.fromkeys(leaks)))

    def all(self, groups: tuple[str, ...]) -> list[Volley | Refusal | Interruption]:
        """Send everything."""
        return [
            seen
            for group, attack in (
                ("exact", self._exact),
                ("bypass", self._bypasses),
                ("retrying", self._retrying),
                ("bypass", self._strangers),
                ("boundary", self._boundaries),
                ("refusal", self._refusals),
                ("process", lambda: processes.shared(self, self._service, self._limit)),
                ("outage", self._outages),  # the last one: Redis does not come back
            )
            if not groups or group in groups
            for seen in attack()
        ]

    def _exact(self) -> Iterator[Volley]:
        self.calm()
        asked = self._limit.limit + _CROWD
        what = f"{asked} requests of one caller, {_CROWD} at a time"
        yield self._volley("crowd", what, [self._request()] * asked, at_a_time=_CROWD)
        self.calm()
        asked = self._limit.limit + 3
        what = f"{asked} requests of one caller, one after another"
        yield self._volley("exact", what, [self._request()] * asked)
        self._used_up = True
        yield from self._neighbours()
        preflight = self._request(method="OPTIONS", headers=(("Origin", "https://a.example"),
                                  ("Access-Control-Request-Method", self._http.method)))  # fmt: skip
        yield self._volley("preflight", "OPTIONS, once the limit is used up", [preflight])

    def _use_up(self) -> None:
        """See that nothing is left, unless that is so since a moment ago."""
        if not self._used_up:
            self.calm()
            for _ in range(self._limit.limit + 1):
                self.shot()
            self._used_up = True

    def _neighbours(self) -> Iterator[Volley]:
        """Ask as others while the first caller has used up the limit."""
        if self._http.caller and len(self._valid) > 1:
            other = self._request(caller=self._valid[1])
            yield self._volley("neighbour", "another credential", [other])
        elif not self._http.caller:
            yield self._volley("neighbour", "another address", [self._request(source="127.0.0.9")])
        for http in self._others:
            known = ((http.caller, self._valid[0]),) if http.caller and self._valid else ()
            request = Request(http.method, http.path, known, http.body.encode())
            yield self._volley("elsewhere", f"the same caller at {http.method} {http.path}", [request])

    def _bypasses(self) -> Iterator[Volley]:
        """Try to be served by the same handler once the limit is used up."""
        self._use_up()
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
        yield from self._claims("bypass", "")
        yield from self._elsewhere()
        if self._http.caller:
            request = self._request(name=self._http.caller.swapcase())
            yield self._volley("bypass", "the name of the credential's header in other letters", [request])

    def _elsewhere(self) -> Iterator[Volley]:
        """Be the same caller, from other addresses, by another name of this server, or spelled otherwise."""
        if not self._http.caller or not self._valid:
            return
        sources = [self._request(source=f"127.0.0.{n}") for n in (9, 10)]
        yield self._volley("bypass", "the same credential from another address each time", sources)
        alone = [self._request(alone=True)] * 2
        yield self._volley("bypass", "the same credential on another connection each time", alone)
        for name in ("Host", "X-Forwarded-Host", "X-Forwarded-Proto"):
            values = ("https", "http") if name.endswith("Proto") else ("a.example", "b.example")
            requests = [self._request(headers=((name, value),)) for value in values]
            yield self._volley("bypass", f"the same credential with another {name} each time", requests)
        self._use_up_nobodys()
        for what, spelled in respelled(self._valid[0]):
            request = self._request(caller=spelled)
            yield self._volley("bypass", f"the same credential with {what}", [request])

    def _use_up_nobodys(self) -> None:
        """Leave nothing to callers without a credential: one that is not understood is none."""
        bare = self._request(caller="")
        self._runs = None
        if self._send(bare).status in SUCCESS:
            for _ in range(self._limit.limit):
                self._send(bare)

    def _strangers(self) -> Iterator[Volley]:
        """Use up what an address without a credential has, and then claim to be others."""
        self.calm()
        bare = self._request(caller="")
        status = self._send(bare).status
        if status not in SUCCESS:
            yield Volley("stranger", "without a credential", (status,), 0, None, 1)
            return
        for _ in range(self._limit.limit):
            self._send(bare)
        alone = [self._request(caller="", alone=True)] * 2
        yield self._volley("guess", "without a credential, on another connection each time", alone)
        for name in _FORWARDED:
            requests = [self._request(caller="", headers=((name, f"203.0.113.{n}"),)) for n in (1, 2)]
            yield self._volley("guess", f"without a credential, with another {name} each time", requests)
        for hops in _HOPS:
            requests = [self._request(caller="", headers=_chain(hops, n)) for n in (1, 2)]
            how = f"without a credential, with {hops} other addresses in X-Forwarded-For each time"
            yield self._volley("guess", how, requests)
        forwarded = self._request(caller="", headers=(("Forwarded", "for=203.0.113.3"),))
        yield self._volley("guess", "without a credential, with the header Forwarded", [forwarded])
        yield from self._claims("guess", "without a credential, ", caller="")
        if self._http.caller:
            wrong = [f"{value}-{n}" for value in self._http.invalid for n in range(3)]
            yield self._volley(
                "guess",
                "with another wrong credential each time",
                [self._request(caller=value) for value in (*self._http.invalid, *wrong)],
            )

    def _claims(self, group: str, how: str, *, caller: str | None = None) -> Iterator[Volley]:
        """Claim to be others, in headers that anybody may write."""
        for name in _CLAIMS:
            if name.lower() == self._http.caller.lower():
                continue
            claims = [f"https://{n}.example" if name in {"Referer", "Origin"} else f"a={n}" for n in (1, 2)]
            requests = [self._request(caller=caller, headers=((name, claim),)) for claim in claims]
            yield self._volley(group, f"{how}with another {name} each time", requests)

    def _boundaries(self) -> Iterator[Volley]:
        """Ask for the whole limit before and after the end of a window."""
        if not self._era.moves:
            return
        limit, window = self._limit.limit, self._limit.window
        self.calm()
        # A first request where a window counted from 1970 begins: both kinds of window end together.
        self._era.move((0.001 * window - self._era.now() % window) % window)
        self.shot()
        self._era.move(12.5 / 13 * window)
        statuses = [self.shot().status for _ in range(limit)]
        self._era.move(window / 13)
        statuses += [self.shot().status for _ in range(limit)]
        served = sum(status in SUCCESS for status in statuses)
        text = "twice the limit around the end of a window, within a thirteenth of one"
        yield Volley("boundary", text, tuple(statuses), served, None, len(statuses))

    def _refusals(self) -> Iterator[Refusal]:
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
            now = self._era.now()
            due = moment_of(answer.header("retry-after"), now)
            refusal = replace(self.seen(answer), now=now, wait=None if due is None else due - now)
            wait = refusal.wait
            if (
                answer.status in SUCCESS
                or wait is None
                or not 0 < wait <= 2 * window + 1
                or not self._era.moves
            ):
                yield refusal
                continue
            early = None
            if wait > 1.5:  # noqa: PLR2004  whole seconds: nothing can be said of less
                self._era.move(wait - 1.3)
                early = int(self.shot().status in SUCCESS)
                self._era.move(1.35)
            else:
                self._era.move(wait + 0.05)
            yield replace(refusal, early=early, late=int(self.shot().status in SUCCESS))

    def _retrying(self) -> Iterator[Volley]:
        """Be a sender that tries again: refused for a while, it has to be served once the window is over."""
        if self._limit.counts_refused or not self._era.moves:
            return
        limit, window = self._limit.limit, self._limit.window
        self._use_up()
        self._era.move(0.45 * window)
        for _ in range(limit):
            self.shot()
        self._era.move(0.6 * window)
        what = "the limit used up, as many requests after 0.45 of a window, and one after 1.05"
        yield self._volley("retrying", what, [self._request()])

    def _outages(self) -> Iterator[Interruption]:
        """Let Redis hang, come back, and end."""
        if not self._era.pid:
            return
        self.calm()
        with self._era.hung():
            seen = self._waited()
        self.calm()
        back = [self.shot().status for _ in range(3)]
        yield self._interruption("Redis is stopped (SIGSTOP)", seen, back)
        self._era.end()
        yield self._interruption("Redis has ended", self._waited(), [])

    def _waited(self) -> list[Answer]:
        """Ask two instances at once, and wait for little more than what is declared."""
        within = self._limit.failure_within + _GRACE_S
        with ThreadPoolExecutor(2) as pool:
            return list(pool.map(lambda request: self._send(request, within), [self._request()] * 2))

    def _interruption(self, what: str, answers: list[Answer], back: list[int]) -> Interruption:
        return Interruption(
            what,
            tuple(answer.status for answer in answers),
            max(answer.seconds for answer in answers),
            tuple(back),
            tuple(leak for answer in answers for leak in self.seen(answer).leaks),
        )

    def _volley(self, group: str, what: str, requests: list[Request], *, at_a_time: int = 1) -> Volley:
        before = self._work() if self._runs is None else self._runs
        if at_a_time == 1:
            statuses = tuple(self._send(request).status for request in requests)
        else:
            with ThreadPoolExecutor(at_a_time) as pool:
                statuses = tuple(answer.status for answer in pool.map(self._send, requests))
        self._runs = after = self._work()
        work = None if before is None or after is None else after - before
        served = sum(status in SUCCESS for status in statuses)
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
        alone: bool = False,
    ) -> Request:
        credential = (self._valid[0] if self._valid else "") if caller is None else caller
        named = name or self._http.caller
        own = ((named, credential),) if named and credential else ()
        body = self._http.body.encode()
        typed = (("Content-Type", "application/json"),) if body else ()
        verb = method or self._http.method
        sends = verb not in {"GET", "HEAD", "OPTIONS"}
        return Request(
            verb,
            path or self._http.path,
            (*typed, *own, *headers),
            body if sends else b"",
            source=source,
            alone=alone,
        )

    def _send(self, request: Request, within: float = 10.0) -> Answer:
        self._left -= 1
        if self._left < 0:
            raise EvidenceError(
                "budget", f"{self._http.requests} requests were sent to {self._http.path}, and no more may be"
            )
        return self._lines.send(request, next(self._turns), within)

    def _work(self) -> int | None:
        """Return how often the handler has run, in all instances."""
        work = self._http.work
        if not work:
            return None
        if not work.upper().startswith("GET "):
            row = self._connection.execute(work.encode()).fetchone()
            return int(row[0]) if row else None
        request = Request("GET", work[4:].strip())
        answers = [self._lines.send(request, n) for n in range(len(self._service.places))]
        numbers = [_number(answer.body) for answer in answers]
        return None if None in numbers else sum(number or 0 for number in numbers)


def respelled(credential: str) -> Iterator[tuple[str, str]]:
    """Yield other spellings of a credential that servers may read as the same (RFC 9110, 5.5 and 11.1)."""
    scheme, space, token = credential.partition(" ")
    if space and token:
        for what, other in (
            ("small", scheme.lower()),
            ("capital", scheme.upper()),
            ("mixed", scheme.swapcase()),
        ):
            if other != scheme:
                yield f"its scheme in {what} letters", f"{other} {token}"
        yield "more spaces after its scheme", f"{scheme}   {token}"
        yield "a tab after its scheme", f"{scheme}\t{token}"
    yield "spaces around it", f"  {credential}  "


def moment_of(value: str, now: float) -> float | None:
    """Return when a Retry-After is over, in seconds since 1970; None where it says nothing."""
    from email.utils import parsedate_to_datetime

    if re.fullmatch(r"\d{1,9}", value.strip()):
        return now + float(value)
    try:
        return parsedate_to_datetime(value).timestamp()
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


def _chain(hops: int, number: int) -> tuple[tuple[str, str], ...]:
    """Return the header that proxies in a row would have sent, each of them another one for each number."""
    return (("X-Forwarded-For", ", ".join(f"203.0.113.{10 * hop + number}" for hop in range(1, hops + 1))),)
