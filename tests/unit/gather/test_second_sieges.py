"""An endpoint that refuses for too long is attacked again, in what that may be the reason of, and in nothing else."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from pytest_readiness.evidence.admissions import Promise
from pytest_readiness.evidence.endpoints import Interruption, LimitedEndpoint, Refusal, Volley
from pytest_readiness.gather.endpoints import sieges
from pytest_readiness.judges.edge.endpoints import answers, limits, outages, ways_around
from pytest_readiness.providers.process import runs_python

RACE = Volley("crowd", "19 requests at once", (200,) * 5, 5, None, 5)
EXACT = Volley("exact", "6 requests", (200, 200, 200, 429, 429, 429), 3, None, 6)
ALL_REFUSED = Volley("exact", "6 requests", (429,) * 6, 0, None, 6)
OPEN = Volley("bypass", "by PUT", (200,), 1, None, 1)
CLOSED = Volley("bypass", "by PUT", (429,), 0, None, 1)
APART = Volley("process", "a second process", (429,), 0, None, 1)
GUESSED = Volley("guess", "another address each time", (429, 200), 1, None, 2)
TELLS = Refusal(429, (("retry-after", "42"),), "", ("Traceback",), 0, 0, 1e9, 42.0)
SOUND = Refusal(429, (("retry-after", "42"),), "", (), 0, 1, 1e9, 42.0)
REFUSED_THEN = Interruption("Redis has ended", (429,), 0.1)


def seen(*volleys, refusals=(), interruptions=(), broken="", declared="admit"):
    promise = Promise(3, 60.0, "sliding-window-log", on_redis_failure=declared)
    return LimitedEndpoint("it", "GET /", promise, "magic", volleys, None, refusals, broken, interruptions)


@pytest.fixture
def attacked(monkeypatch):
    """Let sieges see these in turn; return what came of them, and in which ways each was made."""

    def run(*every, python=True):
        left, ways = list(every), []

        def besieged(_target, _limit, groups, *, monotonic=False):
            ways.append(groups)
            assert monotonic is (len(ways) == 2)
            return left.pop(0), python

        monkeypatch.setattr(sieges, "_besieged", besieged)
        return sieges.besieged(SimpleNamespace(), SimpleNamespace()), ways

    return run


def test_what_else_the_first_has_shown_is_kept(attacked):
    first = seen(RACE, EXACT, OPEN, refusals=(TELLS,))
    found, ways = attacked(first, seen(refusals=(SOUND,)))
    assert ways == [(), ("refusal",)]
    assert any("5 are served" in text for text in limits(found))
    assert any("by PUT" in text for text in ways_around(found))
    assert list(answers(found)) == ["a refusal tells 'Traceback'"]
    assert "tried again" in found.technique


def test_what_made_it_linger_is_excused(attacked):
    found, ways = attacked(seen(ALL_REFUSED), seen(EXACT))
    assert ways == [(), ("exact", "process")]
    assert found.volleys == (EXACT,)
    assert list(limits(found)) == []


def test_a_fault_of_the_second_counts(attacked):
    found, _ = attacked(seen(EXACT, ALL_REFUSED), seen(RACE, EXACT))
    assert any("5 are served" in text for text in limits(found))


def test_a_second_process_is_asked_again_only_where_it_was_not_asked(attacked):
    assert attacked(seen(ALL_REFUSED, APART), seen(EXACT))[1][1] == ("exact",)


@pytest.mark.parametrize("second", [seen(ALL_REFUSED), seen(broken="a first request is answered 0")])
def test_one_that_lingers_again_is_as_it_was(attacked, second):
    first = seen(ALL_REFUSED, CLOSED)
    assert attacked(first, second)[0] is first


def test_nobody_got_around_a_limit_that_was_not_used_up(attacked):
    found, ways = attacked(seen(ALL_REFUSED, OPEN), seen(EXACT, CLOSED))
    assert ways[1] == ("bypass", "exact", "process")
    assert list(ways_around(found)) == []
    found, ways = attacked(seen(EXACT, CLOSED, GUESSED, refusals=(TELLS,)), seen(CLOSED, refusals=(SOUND,)))
    assert ways[1] == ("bypass", "refusal")
    assert list(ways_around(found)) == []


def test_who_was_refused_for_too_long_may_be_so_while_redis_fails(attacked):
    first = seen(refusals=(TELLS,), interruptions=(REFUSED_THEN,))
    admitted = Interruption("Redis has ended", (200,), 0.1)
    found, ways = attacked(first, seen(refusals=(SOUND,), interruptions=(admitted,)))
    assert ways[1] == ("outage", "refusal")
    assert list(outages(found)) == []


def test_what_does_not_linger_or_is_no_python_is_attacked_once(attacked):
    assert attacked(seen(EXACT, OPEN))[1] == [()]
    found, ways = attacked(seen(ALL_REFUSED), python=False)
    assert ways == [()]
    assert found.technique == "magic"


@pytest.mark.skipif(sys.platform != "linux", reason="only there a clock can be moved")
@pytest.mark.parametrize(
    ("command", "python"),
    [
        ([sys.executable, "-c", "print(1, flush=True); input()"], True),
        (["/bin/sh", "-c", f"{sys.executable} -c 'print(1, flush=True); input()'; true"], True),
        (["/bin/sh", "-c", "echo 1; read -r _"], False),
    ],
)
def test_a_python_is_seen_in_any_process_of_a_service(command, python):
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True
    ) as process:
        process.stdout.readline()
        assert runs_python(process.pid) is python
        process.communicate(b"\n")
