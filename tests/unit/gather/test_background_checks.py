"""A service that looks after its dependencies in the background is known by what it asks while nobody asks it."""

from types import SimpleNamespace

import pytest

from pytest_readiness.gather.health import examination


class Clock:
    """Time passes when somebody waits."""

    now = 0.0

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        self.now += seconds


@pytest.mark.parametrize(("every", "known"), [(0.3, True), (1.4, True), (60.0, False)])
def test_a_round_a_second_is_known_on_a_busy_machine_too(monkeypatch, every, known):
    clock = Clock()
    proxy = type("Proxy", (), {"asked": property(lambda _: int(clock.now / every))})()
    monkeypatch.setattr(examination, "time", clock)
    monkeypatch.setattr(examination._Ward, "_round", lambda *_: ())
    declared = SimpleNamespace(path="/health", liveness="", readiness="")
    dependencies = SimpleNamespace(proxies={"database": proxy}, secret="")
    ward = examination._Ward(None, declared, dependencies, {"database": 1.0}, frozenset())
    clock.now = 0.1  # so that the first look is after 0.3 s
    assert list(ward.healthy()) == []
    assert (proxy in ward._watched) is known
    assert clock.now < 2.0
