"""WAL012 on explorations made by hand."""

from dataclasses import replace

from pytest_readiness.evidence.wallet import BETWEEN, BetweenEvidence, Exploration, Observed, Outcome, Place
from readiness_checks.wallet.held_calls_act_in_turn import held_calls_act_in_turn

ONE = Outcome(("s was done #0", "t was refused"), (("a", "30"),))
BOTH = Outcome(("s was done #0", "t was done #1"), (("a", "-40"),))
DEAD = Outcome(("s was done #0", "t was aborted (40P01)"), (("a", "30"),))
OTHER = Outcome(("s was refused", "t was done #0"), (("a", "30"),))
FAIR = Observed("0001", ONE, (), (ONE, OTHER), ((0, "s of 10"),))
SPENT = replace(FAIR, outcome=BOTH, script=("begin;",), replays=3)
LOCKED = replace(
    FAIR, outcome=DEAD, aborted=(1,), allowed=(Outcome(("s was done #0", "aborted"), (("a", "30"),)),)
)
MEETING = Exploration(
    "two spend", "read committed", declared=True, opposite=True, runs=4, observed=(FAIR,), technique=BETWEEN
)
PLACES = (Place(0, "w_pay(uuid)", 3, "update w set b = 1", True), Place(1, "w_pay(uuid)", 4, "return", False))


def judge(*explorations, **given):
    evidence = BetweenEvidence(explorations, 8, 60, PLACES, **({"reached": frozenset({0})} | given))
    return {finding.subject: finding for finding in held_calls_act_in_turn(evidence)}


def test_an_outcome_of_some_order_passes_and_says_how_much_was_reached():
    found = judge(MEETING)
    assert found["two spend"].status.value == "passed"
    assert "1 of 2 statements of 1 functions" in found["reach"].detail
    assert "Not: w_pay:4 return" in found["reach"].detail


def test_what_was_reached_in_any_shard_counts():
    parts = [BetweenEvidence((MEETING,), 8, 60, PLACES, frozenset({number})) for number in (0, 1)]
    merged = BetweenEvidence.merge(parts)
    assert merged.reached == {0, 1}
    assert len(merged.explorations) == 2


def test_an_outcome_of_no_order_fails_with_its_replay():
    finding = judge(replace(MEETING, observed=(FAIR, SPENT)))["two spend"]
    assert finding.status.value == "failed"
    assert "pytest-readiness replay between/two-spend/read-committed/0001" in finding.reproduce


def test_a_deadlock_of_opposite_transfers_fails_and_of_others_may_be_tried_again():
    seen = replace(LOCKED, replays=3)
    assert judge(replace(MEETING, observed=(FAIR, seen)))["two spend"].status.value == "failed"
    other = replace(MEETING, observed=(FAIR, seen), opposite=False)
    assert judge(other)["two spend"].status.value == "passed"


def test_a_function_that_could_not_be_held_in_is_unknown():
    found = judge(MEETING, unread=(("f()", "'THEN' is missing"),))
    assert found["f()"].status.value == "unknown"
    assert "reach" not in found


def test_runs_that_could_not_be_made_are_unknown():
    assert judge(replace(MEETING, observed=(), setup="bound"))["two spend"].status.value == "unknown"
