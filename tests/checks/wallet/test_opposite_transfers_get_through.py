"""WAL010 on explorations made by hand."""

from dataclasses import replace

from pytest_readiness.evidence.wallet import Exploration, InterleavingEvidence, Observed, Outcome
from readiness_checks.wallet.opposite_transfers_get_through import opposite_transfers_get_through

DONE = Outcome(("s was done #0", "t was done #1"), ())
DEAD = Outcome(("s was aborted (40P01)", "t was done #0"), ())
LEFT = Outcome(("aborted", "t was done #0"), ())
FAIR = Observed("012012", DONE, (), (DONE,), ())
STUCK = Observed("012012", DEAD, (0,), (LEFT,), (), ("begin;",), replays=3)
MEETING = Exploration("opposite", "read committed", declared=True, opposite=True, runs=2, observed=(FAIR,))


def statuses(*explorations):
    found = opposite_transfers_get_through(InterleavingEvidence(explorations))
    return [finding.status.value for finding in found]


def test_a_deadlock_that_is_seen_again_fails():
    assert statuses(MEETING) == ["passed"]
    assert statuses(replace(MEETING, observed=(FAIR, STUCK))) == ["failed"]
    for replays, status in ((0, "unknown"), (1, "failed"), (2, "failed")):
        assert statuses(replace(MEETING, observed=(replace(STUCK, replays=replays),))) == [status]


def test_other_levels_and_other_meetings_may_abort_whom_they_like():
    serializable = replace(MEETING, level="serializable", observed=(STUCK,))
    assert statuses(serializable) == ["passed"]
    assert statuses(serializable, MEETING) == ["passed"], "one finding, of the level that counts"
    assert statuses(replace(serializable, observed=(), setup="refused")) == ["unknown"]
    assert statuses(replace(serializable, declared=False)) == []
    assert statuses(replace(MEETING, opposite=False, observed=(STUCK,))) == []


def test_what_did_nothing_proves_nothing():
    refused = Outcome(("s was refused", "t was refused"), ())
    assert statuses(replace(MEETING, observed=(replace(FAIR, outcome=refused),))) == ["unknown"]
    assert statuses(replace(MEETING, observed=(), setup="refused")) == ["unknown"]
    assert statuses(replace(MEETING, observed=())) == ["unknown"], "nothing was called"


def test_one_that_is_refused_in_every_order_proves_nothing_of_the_meeting():
    alone = Outcome(("s was refused", "t was done #0"), ())
    assert statuses(replace(MEETING, observed=(replace(FAIR, outcome=alone, allowed=(alone,)),))) == [
        "unknown"
    ]
