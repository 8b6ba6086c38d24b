"""A message whose booking failed is sent again for as long as a sound receiver may refuse it, and no longer."""

from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from pytest_readiness.gather.webhooks import ageing, setbacks
from pytest_readiness.target.requests import Answer, Request


class Receiver:
    """A desk, an obstacle and a connection in one: it answers as it is told, and acts when it accepts."""

    what, patience = "writes are refused", 0.0

    def __init__(self, answers=(), *, refuses=lambda _tries, _aged: False, hit=1, broken=0, unaged=""):
        self.first, self.refuses, self.hit, self.broken, self.unaged = answers, refuses, hit, broken, unaged
        self.tries, self.acted, self.aged, self.met, self.restarts = 0, 0, False, 0, 0
        self.acts = lambda: False
        self.sender = SimpleNamespace(ahead=0.0, genuine=lambda **_: self)
        self.service = SimpleNamespace(restart=self.restart)
        self.id = "evt"

    def request(self):
        return Request("POST", "/hook")

    def restart(self):
        self.restarts += 1

    @contextmanager
    def standing(self):
        yield self.broken

    def hits(self):
        return None if self.hit is None else self.met

    def sent(self, attack):
        if attack.what != "the same again":
            self.met += self.hit or 0
            return [Answer(self.first)]
        self.tries += 1
        refused = self.refuses(self.tries, self.aged)
        self.acted = 1 - refused
        return [Answer(409 if refused else 200)]

    def rested(self):
        return (0,)

    def state(self):
        self.acted = self.acted or int(self.acts())
        return (self.acted,)

    quiet = state

    def until(self, _before, _times):
        pass

    def times(self, before, after):
        return after[0] - before[0]


@pytest.fixture
def tried(monkeypatch):
    """Let a receiver be tried."""

    def run(receiver, era=None):
        def age(*_):
            receiver.aged = not receiver.unaged
            return receiver.unaged

        monkeypatch.setattr(setbacks, "time", SimpleNamespace(sleep=lambda _: None, perf_counter=lambda: 0.0))
        monkeypatch.setattr(ageing, "begun", lambda _: 0)
        monkeypatch.setattr(ageing, "age", age)
        return setbacks._Trial(receiver, None, era).held_up(receiver)

    return run


@pytest.mark.parametrize("era", [None, SimpleNamespace(moves=True, move=lambda _: None)])
def test_a_claim_in_the_database_is_over_an_hour_later(tried, era):
    seen = tried(Receiver(500, refuses=lambda _, aged: not aged), era)
    assert (seen.acted, seen.again[-1], seen.untried) == (1, 200, "")


def test_where_no_row_can_be_made_older_a_claim_proves_nothing(tried):
    seen = tried(Receiver(500, refuses=lambda *_: True, unaged="no row can be made older: locked"))
    assert (seen.acted, seen.untried) == (0, "no row can be made older: locked")


def test_each_broken_connection_of_a_pool_may_cost_a_message(tried):
    receiver = Receiver(500, refuses=lambda tries, _: tries <= 20, hit=None, broken=20)
    seen = tried(receiver)
    assert (seen.acted, receiver.aged) == (1, False)


@pytest.mark.parametrize("answer", [503, 200])
def test_a_booking_that_came_to_no_obstacle_proves_nothing(tried, answer):
    assert tried(Receiver(answer, hit=0)).untried == "no write came while they were refused"
    assert tried(Receiver(503)).untried == ""


def test_a_message_that_waits_for_a_time_in_its_rows_is_told_to_be_late(tried):
    receiver = Receiver(202)
    receiver.acts = lambda: receiver.aged
    assert tried(receiver).late == "it acted only once its rows were an hour older"


def test_what_acts_is_not_told_of_rows_that_could_not_be_made_older(tried):
    receiver = Receiver(202, unaged="no row can be made older: locked")
    receiver.acts = lambda: receiver.restarts
    seen = tried(receiver)
    assert (seen.late, seen.untried) == ("it acted only once the service was started anew", "")


def test_what_never_acts_of_itself_is_unknown_where_no_row_could_be_made_older(tried):
    seen = tried(Receiver(202, unaged="no row can be made older: locked"))
    assert (seen.late, seen.untried) == ("", "no row can be made older: locked")
