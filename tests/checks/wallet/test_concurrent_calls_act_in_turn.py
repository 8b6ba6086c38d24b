"""WAL009 on explorations made by hand."""

from dataclasses import replace

from pytest_readiness.evidence.wallet import Exploration, InterleavingEvidence, Observed, Outcome
from readiness_checks.wallet.concurrent_calls_act_in_turn import concurrent_calls_act_in_turn

ONE = Outcome(("s was done #0", "t was refused"), (("a", "30"),))
OTHER = Outcome(("s was refused", "t was done #0"), (("a", "30"),))
BOTH = Outcome(("s was done #0", "t was done #1"), (("a", "-40"),))
FAIR = Observed("0101", ONE, (), (ONE, OTHER), ((0, "s of 10"),))
SPENT = replace(FAIR, outcome=BOTH, script=("begin;",), replays=3)
MEETING = Exploration("two spend", "read committed", declared=True, opposite=False, runs=4, observed=(FAIR,))


def judge(*explorations):
    (finding,) = concurrent_calls_act_in_turn(InterleavingEvidence(explorations))
    return finding


def test_an_outcome_of_some_order_passes():
    assert judge(MEETING).status.value == "passed"


def test_an_outcome_of_no_order_fails_with_its_lanes_and_schedule():
    finding = judge(replace(MEETING, observed=(FAIR, SPENT)))
    assert finding.status.value == "failed"
    assert "a -40" in finding.detail
    assert "s of 10" in finding.detail
    assert "pytest-readiness replay hold/two-spend/read-committed/0101" in finding.reproduce


def test_one_level_is_enough_to_fail():
    other = replace(MEETING, level="serializable", observed=(SPENT,))
    assert judge(MEETING, other).status.value == "failed"


def test_what_a_server_aborted_is_left_out_of_the_comparison():
    rest = Outcome(("aborted", "t was done #0"), (("a", "30"),))
    aborted = Outcome(("s was aborted (40001)", "t was done #0"), (("a", "30"),))
    observed = replace(FAIR, outcome=aborted, aborted=(0,), allowed=(rest,))
    assert judge(replace(MEETING, observed=(observed,))).status.value == "passed"


def test_what_is_seen_again_but_not_each_time_is_no_proof_and_says_so():
    finding = judge(replace(MEETING, observed=(replace(SPENT, replays=2),)))
    assert finding.status.value == "unknown"
    assert "unstable" in finding.detail


def test_what_is_not_seen_again_or_at_a_level_nobody_declared_is_unknown():
    unstable = replace(MEETING, observed=(replace(SPENT, replays=0),))
    undeclared = replace(MEETING, declared=False, observed=(SPENT,))
    assert judge(unstable).status.value == "unknown"
    assert judge(undeclared).status.value == "unknown"
    assert "isolation =" in judge(undeclared).detail


def test_a_hang_and_a_broken_ledger_are_never_explained():
    hang = Outcome(("s hangs", "t was done #0"), (("a", "30"),))
    broken = replace(ONE, troubles=("the entries are numbered 1, 1",))
    for outcome in (hang, broken):
        observed = replace(FAIR, outcome=outcome, allowed=(outcome,), replays=3)
        assert judge(replace(MEETING, observed=(observed,))).status.value == "failed"


def test_a_wallet_that_does_nothing_and_one_that_cannot_be_set_up_prove_nothing():
    nothing = Outcome(("s was refused", "t was refused"), (("a", "100"),))
    idle = replace(FAIR, outcome=nothing, allowed=(nothing,))
    assert judge(replace(MEETING, observed=(idle,))).status.value == "unknown"
    assert judge(replace(MEETING, observed=(), setup="refused")).status.value == "unknown"


def test_a_call_that_is_refused_in_every_order_proves_nothing_of_the_meeting():
    finding = judge(replace(MEETING, observed=(replace(FAIR, allowed=(ONE,)),)))
    assert finding.status.value == "unknown"
    assert "t was refused" in finding.detail
    aborted = Outcome(("s was done #0", "t was aborted (55P03)"), (("a", "30"),))
    busy = replace(
        FAIR,
        outcome=aborted,
        aborted=(1,),
        allowed=(Outcome(("s was done #0", "aborted"), aborted.balances),),
    )
    assert judge(replace(MEETING, observed=(busy,))).status.value == "passed", "it may try again"
