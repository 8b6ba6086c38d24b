"""A second process is asked where settings give it a Redis to share; that it does not start is told."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from pytest_readiness.gather.endpoints import attacks, processes, windows
from pytest_readiness.providers import process
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.settings import Limit, Service
from pytest_readiness.target.services import RunningService

LIMIT = Limit("it", 2)


class Alone(RunningService):
    """One process that runs, and another that answers or does not start."""

    def __init__(self, tmp_path, url, error=None):
        super().__init__(Service("api", app="api:app", env={"URL": url}), tmp_path, {})
        self.places, self.error = [1], error

    @contextmanager
    def another(self):
        if self.error:
            raise self.error
        yield 2


def asked(service):
    """Return what was seen, where the third request is refused, and the second process serves."""
    statuses = iter((200, 200, 429, 429))
    siege = SimpleNamespace(
        service=service,
        limit=LIMIT,
        affords=lambda _: True,
        calm=lambda: None,
        shot=lambda: SimpleNamespace(status=next(statuses)),
        at=lambda _: SimpleNamespace(status=200),
    )
    return list(processes.shared(siege))


@pytest.mark.parametrize(("url", "served"), [("{redis_url}", [1]), ("{database_url}", []), ("", [])])
def test_a_database_is_no_place_where_processes_share_a_limit(tmp_path, url, served):
    assert [volley.served for volley in asked(Alone(tmp_path, url))] == served


def test_one_that_does_not_start_is_told(tmp_path):
    (seen,) = asked(Alone(tmp_path, "{redis_url}", ProviderError("starting", "no memory", "add some")))
    assert (seen.group, seen.statuses, seen.asked) == ("process", (), 0)
    assert "no memory" in seen.what


def test_one_that_cannot_be_launched_takes_no_turn(tmp_path, monkeypatch):
    def launch(*_):
        raise ProviderError("starting", "no memory", "add some")

    monkeypatch.setattr(process, "launch", launch)
    service = Alone(tmp_path, "{redis_url}")
    with pytest.raises(ProviderError), RunningService.another(service):
        pass
    assert service.places == [1]


def test_those_asked_again_for_all_they_serve_are_not_asked_for_a_second_process(monkeypatch):
    seen = []
    monkeypatch.setattr(processes, "shared", lambda *_: seen.append("process") or ())
    monkeypatch.setattr(windows, "exact", lambda _: ())
    attacks.made(SimpleNamespace(), ("exact",))
    assert seen == []
    attacks.made(SimpleNamespace(), ("process",))
    assert seen == ["process"]
