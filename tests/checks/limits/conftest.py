"""Observations made by hand, and what a check says of them."""

import pytest

from pytest_readiness.evidence.admissions import AdmissionEvidence, Hit, Limiter, Promise, Trial


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
