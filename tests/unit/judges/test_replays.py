"""A replay says everything that a run depends on, in letters that no shell changes."""

import shlex

import pytest

from pytest_readiness.evidence.wallet import Exploration, Observed, Outcome
from pytest_readiness.judges.wallet.anomalies import anomaly
from pytest_readiness.judges.wallet.replays import Replay, read, replay
from pytest_readiness.judges.wallet.serial import columns

TWICE = Replay("hold", "an-owner-s-limit-is-met", "repeatable read", "0101")


def test_what_is_written_is_read():
    assert read(str(TWICE)) == TWICE
    assert shlex.split(TWICE.command)[-1] == str(TWICE)


def test_it_is_made_from_what_was_explored():
    run = Observed("0101", Outcome((), ()), (), (), ())
    seen = Exploration(
        "An owner's limit is met", "repeatable read", declared=True, opposite=False, runs=1, observed=(run,)
    )
    assert replay(seen, run) == TWICE


@pytest.mark.parametrize(
    "text", ["", "0101", "hold/x/read-committed", "hold/x/read committed/01", "hold/x/y/0a"]
)
def test_other_texts_are_refused_with_the_form(text):
    with pytest.raises(ValueError, match="TECHNIQUE/SCENARIO/LEVEL/SCHEDULE"):
        read(text)


def test_steps_stand_below_their_session_in_the_order_of_time():
    lines = list(columns([(0, "pay"), (1, "take"), (1, "  … waits"), (0, "COMMIT")]))
    assert lines[0].split() == ["session", "0", "│", "session", "1"]
    assert [
        line.index(word) for line, word in zip(lines[2:], ["pay", "take", "…", "COMMIT"], strict=True)
    ] == [
        0,
        12,
        14,
        0,
    ]


def outcome(money, *answers, troubles=()):
    return Outcome(answers, tuple(money.items()), troubles)


ONE = outcome({"a": "30", "b": "70", "c": "0"}, "s was done #0", "t was refused")
KEY = "s with key k"
BOTH_DONE = (f"{KEY} was done #0", f"{KEY} was done #0")
LOST_FIRST = (f"{KEY}, rolled back was done #0", f"{KEY} was done #1")


@pytest.mark.parametrize(
    ("seen", "allowed", "name"),
    [
        (outcome({"a": "-40", "b": "70", "c": "70"}, "s was done #0", "t was done #1"), ONE, "double spend"),
        (outcome({"a": "30", "b": "70", "c": "70"}, "s was done #0", "t was done #1"), ONE, "lost update"),
        (
            outcome({"a": "40", "b": "60"}, f"{KEY} was done #0", f"{KEY} was done #1"),
            outcome({"a": "70", "b": "30"}, f"{KEY} was done #0", f"{KEY} was done #0"),
            "double effect",
        ),
        (
            outcome({"a": "100", "b": "0"}, f"{KEY}, rolled back was done #0", f"{KEY} was done #0"),
            outcome({"a": "70", "b": "30"}, f"{KEY}, rolled back was done #0", f"{KEY} was done #1"),
            "rolled back",
        ),
        (
            outcome({"a": "60", "c": "140"}, "s was done #0", "t was done #1"),
            outcome({"a": "130", "c": "70"}, "s was done #0", "t was refused"),
            "write skew",
        ),
        (
            outcome({"a": "100", "c": "100"}, "s was refused", "t was refused"),
            outcome({"a": "130", "c": "70"}, "s was done #0", "t was refused"),
            "without cause",
        ),
        (outcome({"a": "100"}, "s hangs", "t was refused"), ONE, "hang"),
        (
            outcome({"a": "30", "b": "70", "c": "0"}, "s was aborted (40P01)", "t was refused"),
            ONE,
            "deadlock",
        ),
        (
            outcome({"a": "30", "b": "70", "c": "0"}, "s was done #0", "t was refused", troubles=("2, 2",)),
            ONE,
            "torn ledger",
        ),
        (
            outcome({"a": "70"}, *BOTH_DONE, troubles=("the entries of wallet a are numbered 1, 3",)),
            outcome({"a": "70"}, *BOTH_DONE),
            "numbers of entries in disorder",
        ),
        (
            outcome(
                {"a": "70"},
                *LOST_FIRST,
                troubles=("entry 2 of wallet a states a balance of 0, and the sum so far is 70",),
            ),
            outcome({"a": "70"}, *LOST_FIRST),
            "balances that entries state in disorder",
        ),
        (
            outcome({"a": "40"}, *BOTH_DONE, troubles=("the entries of wallet a are numbered 1, 3",)),
            outcome({"a": "70"}, *BOTH_DONE),
            "double effect",
        ),
    ],
)
def test_an_outcome_that_no_order_explains_has_a_name(seen, allowed, name):
    assert name in anomaly(Observed("0101", seen, (), (allowed,), ()))
