"""A caller is refused for another only where that is seen again, and an error is no refusal."""

from types import SimpleNamespace

import pytest

from pytest_readiness.evidence.admissions import AdmissionEvidence, Hit, Limiter, Neighbours, Promise, Untried
from pytest_readiness.gather.limits import keys
from readiness_checks.limits.keys_have_limits_of_their_own import keys_have_limits_of_their_own as check


class Bench:
    """Asks a limiter that is a function of the callers before, since all was forgotten, and of this one."""

    lab, job, world = (10, 60.0), SimpleNamespace(seed=0), SimpleNamespace(sockets=True)

    def __init__(self, decide):
        self.decide, self.before, self.rounds = decide, [], 0
        self.observer = SimpleNamespace(flushdb=self.forget)
        self.size = self.wait = self.settle = self.limiter = lambda *_: 1

    def forget(self):
        self.before, self.rounds = [], self.rounds + 1

    def hit(self, _limiter, key):
        try:
            allowed, error = self.decide(self, key), ""
        except OSError as raised:
            allowed, error = None, str(raised)
        self.before.append(key)
        return Hit(0.0, 0.0, allowed, error=error)


def told(decide):
    """Return what is seen, and what the check says of it."""
    (seen,) = keys.crowd(Bench(decide))
    limiter = Limiter("api", "app:make", Promise(10, 60.0), "magic", (seen,), {})
    (finding,) = check(AdmissionEvidence((limiter,)))
    return seen, finding.status.value, finding.detail


def collide(bench, key):
    return key[:2] not in [other[:2] for other in bench.before]


def once(bench, _key):
    return bench.rounds > 1 or len(bench.before) < 30


def raised(bench, _key):
    if len(bench.before) == 30:
        raise OSError("Boom")
    return True


def test_all_who_are_apart_are_counted():
    _, status, detail = told(lambda _bench, _key: True)
    assert (status, "1200 callers were apart" in detail) == ("passed", True)


def test_few_are_said_to_be_few(monkeypatch):
    seconds = iter(range(10_000))
    monkeypatch.setattr(keys, "WALL", lambda: next(seconds) / 50)
    _, status, detail = told(lambda _bench, _key: True)
    assert (status, "51 callers were apart" in detail) == ("passed", True)


def test_two_that_share_are_found():
    seen, status, _ = told(collide)
    assert (status, seen.first[:2]) == ("failed", seen.second[:2])
    assert len(seen.first) == len(seen.second)


def test_many_that_use_up_what_is_there_for_all_are_told_as_many():
    seen, status, _ = told(lambda bench, _key: len(bench.before) < 500)
    assert (status, seen.first) == ("failed", "500 callers")


def test_a_refusal_that_does_not_come_again_is_unknown():
    seen, status, _ = told(once)
    assert isinstance(seen, Untried)
    assert status == "unknown"


def test_an_error_is_no_refusal():
    seen, status, detail = told(raised)
    assert isinstance(seen, Neighbours)
    assert (status, "hit() raised Boom" in detail, "share" in detail) == ("failed", True, False)


@pytest.mark.parametrize("first", [True, False])
def test_one_alone_shows_nothing(monkeypatch, first):
    seconds = iter(range(0, 10_000, 2))
    monkeypatch.setattr(keys, "WALL", lambda: next(seconds))
    assert told(lambda _bench, _key: first)[1] == "unknown"
