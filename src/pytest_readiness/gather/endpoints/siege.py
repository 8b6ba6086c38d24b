"""Requests to one limited endpoint, no more than settings allow, and what is seen of the answers."""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.endpoints import Refusal, Volley
from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.target.requests import Request, send

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.gather.endpoints.era import Era
    from pytest_readiness.settings import Http, Limit
    from pytest_readiness.target.requests import Answer, Lines, Place
    from pytest_readiness.target.services import RunningService

_LAST = 20
"""Requests that are kept for the outages."""
_TELLING = re.compile(r"(rediss?|valkeys?|postgres(?:ql)?)://|Traceback \(most recent|\bFile \"/")
_LONG = 4
"""Letters of a credential that is looked for in headers: shorter ones stand there by chance."""


class Siege:
    """Requests to one endpoint.

    Attributes:
        service: That has it.
        era: The time in which it is asked.
        limit: That it has to keep.
        http: What is sent.
        others: Other paths of the service, which have limits of their own.
        used_up: Whether nothing is left to the first caller since a moment ago.
        valid: The credentials of callers, the first caller's first.
    """

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
        self.service = service
        self._lines = lines
        self.era = era
        self.limit = limit
        self.http = http
        self._connection = connection
        self.others = others
        self._turns = count()
        self._left = http.requests
        self.used_up = False
        self._runs: int | None = None
        self.valid = [_resolved(value) for value in http.valid]

    def calm(self) -> None:
        """Wait until nobody has used up anything, far from the end of a window counted from 1970."""
        window = self.limit.window
        self.used_up = False
        self.era.move(2.1 * window)
        self.era.move((0.37 * window - self.era.now() % window) % window)

    def shot(self, **changes: Any) -> Answer:  # noqa: ANN401  fields of a request
        """Send one request as the first caller."""
        self._runs = None
        return self.send(self.request(**changes))

    def at(self, place: Place) -> Answer:
        """Send the same to a process that is no instance of the service."""
        self._left -= 1
        return send(place, self.request(), 10.0)

    def affords(self, requests: int) -> bool:
        """Whether as many more may be sent, and those without Redis."""
        return self._left > requests + _LAST

    def seen(self, answer: Answer) -> Refusal:
        """Return an answer as an observation."""
        text = answer.body.decode(errors="replace")
        headers = "\n".join(value for _, value in answer.headers)
        leaks = [match.group() for match in _TELLING.finditer(f"{text}\n{headers}")]
        told = (value in text or (len(value) >= _LONG and value in headers) for value in self.valid)
        leaks += ["the credential of the caller" for tells in told if tells]
        socket = self.era.url.removeprefix("unix://")
        if socket.startswith("/") and socket in f"{text}\n{headers}":
            leaks.append("the socket of Redis")
        return Refusal(answer.status, answer.headers, text[:500], tuple(dict.fromkeys(leaks)))

    def use_up(self) -> None:
        """See that nothing is left, unless that is so since a moment ago."""
        if not self.used_up:
            self.calm()
            for _ in range(self.limit.limit + 1):
                self.shot()
            self.used_up = True

    def use_up_nobodys(self) -> None:
        """Leave nothing to callers without a credential: one that is not understood is none."""
        bare = self.request(caller="")
        self._runs = None
        if self.send(bare).status in SUCCESS:
            for _ in range(self.limit.limit):
                self.send(bare)

    def volley(self, group: str, what: str, requests: list[Request], *, at_a_time: int = 1) -> Volley:
        """Send these, and return how many were served and how often the handler ran."""
        before = self._work() if self._runs is None else self._runs
        if at_a_time == 1:
            statuses = tuple(self.send(request).status for request in requests)
        else:
            with ThreadPoolExecutor(at_a_time) as pool:
                statuses = tuple(answer.status for answer in pool.map(self.send, requests))
        self._runs = after = self._work()
        work = None if before is None or after is None else after - before
        served = sum(status in SUCCESS for status in statuses)
        return Volley(group, what, statuses, served, work, len(requests))

    def request(
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
        """Return a request as the first caller sends it, but for these changes."""
        credential = (self.valid[0] if self.valid else "") if caller is None else caller
        named = name or self.http.caller
        own = ((named, credential),) if named and credential else ()
        body = self.http.body.encode()
        typed = (("Content-Type", "application/json"),) if body else ()
        verb = method or self.http.method
        sends = verb not in {"GET", "HEAD", "OPTIONS"}
        return Request(
            verb,
            path or self.http.path,
            (*typed, *own, *headers),
            body if sends else b"",
            source=source,
            alone=alone,
        )

    def send(self, request: Request, within: float = 10.0) -> Answer:
        """Send a request to the instance whose turn it is.

        Raises:
            EvidenceError: No more may be sent.
        """
        self._left -= 1
        if self._left < 0:
            raise EvidenceError(
                "budget", f"{self.http.requests} requests were sent to {self.http.path}, and no more may be"
            )
        return self._lines.send(request, next(self._turns), within)

    def _work(self) -> int | None:
        """Return how often the handler has run, in all instances."""
        work = self.http.work
        if not work:
            return None
        if not work.upper().startswith("GET "):
            row = self._connection.execute(work.encode()).fetchone()
            return int(row[0]) if row else None
        request = Request("GET", work[4:].strip())
        answers = [self._lines.send(request, n) for n in range(len(self.service.places))]
        numbers = [_number(answer.body) for answer in answers]
        return None if None in numbers else sum(number or 0 for number in numbers)


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
