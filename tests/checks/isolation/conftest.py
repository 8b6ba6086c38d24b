"""One harm of any kind, so that each check is asked which kinds it judges."""

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.attacks import Assault, Harm


@pytest.fixture
def harm():
    """Make a harm that bob did to alice."""

    def make(kind, what="`canary-1`", relation="public.payments"):
        return Harm("bob", kind, relation, "alice", what, "select 'again'")

    return make


@pytest.fixture
def judged():
    """Judge one assault, and return its only finding; None if there is none."""

    def judge(check, evidence, *harms, verb="SELECT", subject="public.payments", owner="done"):
        findings = list(check(evidence((Assault(subject, verb, 3, harms, owner),))))
        assert len(findings) <= 1
        return findings[0] if findings else None

    return judge


@pytest.fixture
def counted(harm, judged):
    """Return the kinds of harm that a check holds against its subject."""

    def kinds(check, evidence, verb):
        every = ("read", "altered", "taken", "destroyed", "forged", "told", "cast", "bypassed", "residual")
        findings = {kind: judged(check, evidence, harm(kind), verb=verb) for kind in every}
        return {kind for kind, found in findings.items() if found and found.status is Status.FAILED}

    return kinds
