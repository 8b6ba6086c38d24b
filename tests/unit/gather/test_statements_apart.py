"""What a service says while nobody asks it for anything passes, and is taken for no request's."""

import pytest

from pytest_readiness.gather.wallet.wire.apart import Apart
from pytest_readiness.gather.wallet.wire.lines import Asked
from pytest_readiness.gather.wallet.wire.wire import Event

POLL = "select n from outbox where sent is null limit 10 for update skip locked"
SHAPES = frozenset({Asked(POLL, runs=True).shape})


def unit(line, text, status="I"):
    return Event("unit", line, text=text, runs=True, status=status)


def ended(line, status):
    return Event("ended", line, status=status)


@pytest.fixture
def heard():
    """Return the commands for each event; None for what is of a request."""

    def hear(apart, *events):
        return [apart.takes(event) for event in events]

    return hear


def test_a_connection_of_its_own_passes_whatever_it_carries(heard):
    events = (unit(3, "begin"), ended(3, "T"), unit(3, "update outbox set sent = now()", "T"), ended(3, "T"))
    assert heard(Apart(lines=frozenset({3})), *events) == [["go"], ["deliver"]] * 2
    assert heard(Apart(lines=frozenset({4})), *events) == [None] * 4


def test_a_pipeline_passes_one_statement_after_the_other(heard):
    events = (unit(3, "begin"), unit(3, POLL), ended(3, "T"), ended(3, "T"))
    assert heard(Apart(lines=frozenset({3})), *events) == [["go"], [], ["deliver", "go"], ["deliver"]]


def test_on_a_shared_connection_a_known_statement_takes_the_rest_of_its_transaction_along(heard):
    apart = Apart(shapes=SHAPES)
    assert heard(apart, unit(5, "begin"), ended(5, "T")) == [None, None], "whose it is, nothing tells yet"
    events = (
        unit(5, POLL, "T"),
        ended(5, "T"),
        unit(5, "update outbox set sent = now()", "T"),
        ended(5, "T"),
    )
    assert heard(apart, *events) == [["go"], ["deliver"]] * 2
    assert heard(apart, unit(5, "commit", "T"), ended(5, "I")) == [["go"], ["deliver"]]
    assert heard(apart, unit(5, "update w set bal = 0"), ended(5, "I")) == [None, None]


def test_a_transaction_that_was_under_way_when_all_was_held_is_of_no_request(heard):
    apart = Apart(shapes=SHAPES, talks=True)
    assert heard(apart, unit(5, "commit", "T"), ended(5, "I")) == [["go"], ["deliver"]]
    assert heard(apart, unit(6, "begin"), ended(6, "T"), unit(6, "commit", "T")) == [None] * 3
    assert heard(Apart(shapes=SHAPES), unit(5, "commit", "T")) == [None], "what is left says nothing else"
    assert heard(Apart(), unit(5, "commit", "T")) == [None], "a service that says nothing has none"


def test_what_is_no_statement_is_left_to_others(heard):
    assert heard(Apart(frozenset({3}), SHAPES), Event("opened", 3), Event("answered", caller=0)) == [None] * 2
