"""Observations made by hand, and what a check says of them."""

import pytest

from pytest_readiness.evidence.admissions import AdmissionEvidence, Hit, Limiter, Promise, Trial
from pytest_readiness.evidence.endpoints import (
    EndpointEvidence,
    Interruption,
    LimitedEndpoint,
    Refusal,
    Volley,
)
from pytest_readiness.gather.endpoints.refusals import moment_of


@pytest.fixture
def trial():
    """A trial from a picture: `+` admitted, `-` refused, `!` raised; each step takes `apart` seconds."""

    def make(prop, picture, *, apart=0.001, limit=3, window=60.0, asked=0, what="hits", **answers):
        hits = [
            Hit(i * apart, i * apart + 0.0001, None if c == "!" else c == "+", error="Boom" * (c == "!"))
            for i, c in enumerate(picture)
        ]
        for name, values in answers.items():
            hits = [
                Hit(**{**{f: getattr(h, f) for f in h.__slots__}, name: v})
                for h, v in zip(hits, values, strict=True)
            ]
        return Trial(prop, limit, window, what, tuple(hits), asked)

    return make


@pytest.fixture
def verdict():
    """Judge observations of one property; return its finding's status and detail."""

    def judge(check, *seen, guarantee="sliding-window-log", unseen=None, **promise):
        limiter = Limiter(
            "api", "app:make", Promise(3, 60.0, guarantee, **promise), "magic", tuple(seen), unseen or {}
        )
        findings = {f.subject.removeprefix("api: "): f for f in check(AdmissionEvidence((limiter,)))}
        prop = seen[0].property if seen else next(iter(unseen))
        return findings[prop].status.value, findings[prop].detail

    return judge


@pytest.fixture
def siege():
    """Judge what was seen of one endpoint, limit 3 in 60 s, beside what is sound; return status and detail.

    With `alone`, beside nothing.
    """
    sound = (
        Volley("boundary", "twice", (200, 429), 1, None, 2),
        Volley("neighbour", "another", (200,), 1, 1, 1),
        Volley("bypass", "PUT", (429,), 0, 0, 1),
    )
    refused = Refusal(429, (("retry-after", "42"),), "", (), 0, 1, 1e9, 42.0)
    decided = Interruption("Redis has ended", (), 0.1, (200,))

    def judge(
        check, *volleys, alone=False, refusals=(), admitted=None, interruptions=(), broken="", **promise
    ):
        beside = ((), (), ()) if alone else (sound, (refused,), (decided,))
        endpoint = LimitedEndpoint(
            "api",
            "GET /a",
            Promise(3, 60.0, **({"guarantee": "sliding-window-log"} | promise)),
            "magic",
            (*volleys, *beside[0]),
            admitted,
            (*refusals, *beside[1]),
            broken,
            (*interruptions, *beside[2]),
        )
        (finding,) = check(EndpointEvidence((endpoint,)))
        return finding.status.value, finding.detail

    return judge


@pytest.fixture
def volley():
    """Requests with these statuses."""

    def make(group, *statuses, work=None):
        served = sum(200 <= status < 300 for status in statuses)
        return Volley(group, "requests", tuple(statuses), served, work, len(statuses))

    return make


@pytest.fixture
def refusal():
    """A sound refusal, with other headers in place of its own."""

    def make(status=429, body="", leaks=(), early=0, late=1, now=1e9, **headers):
        own = {"retry-after": "42"} | {name.replace("_", "-"): value for name, value in headers.items()}
        moment = moment_of(own["retry-after"], now)
        wait = None if moment is None else moment - now
        given = tuple((name, value) for name, value in own.items() if value)
        return Refusal(status, given, body, tuple(leaks), early, late, now, wait)

    return make
