"""What a message did is counted where a worker acts later, and apart from what those before it did."""

import time
from types import SimpleNamespace

import pytest

from pytest_readiness.gather.webhooks.attacks import NEVER, ONCE, Attack
from pytest_readiness.gather.webhooks.desk import Desk
from pytest_readiness.gather.webhooks.signing import STRIPE, Sender
from pytest_readiness.target.requests import Answer, Request

USUAL, WITHIN, LATE, LOST, NOW = (0.1,), 0.4, (0.75,), (), (0.0,)
FORGED = Attack("unsigned", "forged", (Request("POST", "/forged"),), NEVER)
GENUINE = Attack("genuine", "genuine", (Request("POST", "/hook"),), ONCE)


class Service:
    """Acts on each request when it is told to, in turn; as usual where nothing is left to be told."""

    def __init__(self):
        self.turns, self.due, self.sent = [], [], []

    def send(self, request, _number):
        self.sent.append(request.path)
        usual = LOST if request.path == "/forged" else USUAL
        for seconds in self.turns.pop(0) if self.turns else usual:
            self.due.append(time.perf_counter() + seconds)
        return Answer(401 if request.path == "/forged" else 200)

    def execute(self, _effect):
        acted = sum(moment <= time.perf_counter() for moment in self.due)
        return SimpleNamespace(fetchone=lambda: (acted,))


@pytest.fixture
def service():
    return Service()


@pytest.fixture
def desk(service):
    return ready(service, WITHIN)


def test_whoever_acts_later_after_all_is_waited_for_from_then_on(service):
    service.turns = [NOW] * 5
    desk = ready(service, WITHIN)
    assert [desk.one(GENUINE).acted, desk.one(FORGED).acted, desk.one(FORGED).acted] == [1, 0, 0]
    assert service.sent == ["/hook", "/forged", "/hook", "/forged", "/hook"]


def test_whoever_acts_before_the_answer_is_not_waited_for(service):
    service.turns = [NOW] * 8
    desk = ready(service, WITHIN)
    assert [desk.one(GENUINE).acted for _ in range(3)] == [1, 1, 1]
    assert [d.acted for d in desk.deliver(lambda: [FORGED])] == [0]
    assert service.sent == ["/hook", "/hook", "/hook", "/forged"]


def test_one_that_comes_a_little_late_is_not_taken_for_one_that_acts_at_once(service):
    service.turns = [NOW, NOW, (0.005,), NOW, NOW]
    desk = ready(service, WITHIN)
    assert [d.acted for d in desk.deliver(lambda: [FORGED])] == [0]
    assert service.sent == ["/forged", "/hook"]


def ready(service, within):
    hook = SimpleNamespace(effect="select count(*) from done", acts_within=within)
    desk = Desk(service, service, hook, Sender("/hook", STRIPE, "{}"))
    assert [delivery.acted for delivery in desk.control()] == [1]
    service.sent.clear()
    return desk


def test_what_acted_before_its_marker_did_so_where_that_is_lost(service, desk):
    service.turns = [USUAL, LOST]
    assert desk.one(GENUINE).acted == 1


@pytest.mark.parametrize("attack", [FORGED, GENUINE])
def test_a_marker_that_comes_late_is_not_the_next_ones_doing(service, desk, attack):
    service.turns = [LOST, LATE]
    assert desk.one(FORGED).acted == 0
    assert desk.one(attack).acted == attack.allowed[0]


def test_what_acts_after_its_marker_is_waited_for(service, desk):
    service.turns = [(0.26,), USUAL]
    assert desk.one(FORGED).acted == 1


def test_what_does_not_act_is_not_waited_for_where_it_was_refused(service):
    desk, refused = ready(service, 10.0), Attack("genuine", "an old secret", FORGED.requests, ONCE)
    started = time.perf_counter()
    assert desk.one(refused).acted == 0
    assert time.perf_counter() - started < 9


def test_many_that_act_as_they_may_are_sent_together(service, desk):
    part = [FORGED, GENUINE, FORGED]
    assert [delivery.acted for delivery in desk.deliver(lambda: part)] == [0, 1, 0]
    assert service.sent == ["/forged", "/hook", "/forged", "/hook"]


def test_which_of_many_acted_is_seen_one_by_one(service, desk):
    service.turns = [LOST, USUAL, USUAL, LOST, USUAL, USUAL, USUAL]
    assert [delivery.acted for delivery in desk.deliver(lambda: [FORGED, FORGED])] == [0, 1]


def test_what_many_did_late_is_not_the_doing_of_the_first_that_is_sent_alone(service, desk):
    service.turns = [LOST, LOST, LATE]
    assert [delivery.acted for delivery in desk.deliver(lambda: [FORGED, FORGED])] == [0, 0]
