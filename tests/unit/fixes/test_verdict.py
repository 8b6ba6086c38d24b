"""A change is good when the finding is gone, nobody lost anything, and nothing new fails."""

from dataclasses import replace

import pytest

from pytest_readiness import Severity, failed, passed, unknown
from pytest_readiness.evidence.uses import Use
from pytest_readiness.fixes.system import Change
from pytest_readiness.fixes.verdict import Judgement, objections

PLACE = ("ISO001", "public.a")
READS, CALLS = Use("alice", "SELECT", "public.a"), Use("alice", "CALL", "public.f()")
CHANGE = Change(("select 1",), "does", 1)
SEVERITIES = {
    "ISO001": Severity.BLOCKER,
    "ISO002": Severity.BLOCKER,
    "ISO010": Severity.INFO,
    "SCH010": Severity.LOW,
}
BAD = failed("public.a", "leaks", reproduce="select 1")


def judgement(*findings, uses=(READS, CALLS), **given):
    found = {(check, finding.subject): finding for check, finding in findings}
    return Judgement(found, SEVERITIES, frozenset(uses), **given)


BEFORE = judgement(("ISO001", BAD), ("ISO002", passed("public.a")))
GOOD = judgement(("ISO001", passed("public.a")), ("ISO002", passed("public.a")))


def test_a_finding_that_passes_and_nothing_lost_is_good():
    assert objections(PLACE, CHANGE, BEFORE, GOOD) == ()


def test_a_subject_that_nobody_reaches_any_more_is_good():
    assert objections(PLACE, CHANGE, BEFORE, judgement(("ISO002", passed("public.a")))) == ()


@pytest.mark.parametrize(
    ("after", "said"),
    [
        (BEFORE, "ISO001 is failed still"),
        (judgement(("ISO001", unknown("public.a", "who knows"))), "ISO001 is unknown still"),
        (replace(GOOD, uses=frozenset({CALLS})), "an access that worked is lost: alice: SELECT public.a"),
        (judgement(("ISO001", passed("public.a")), ("ISO002", BAD)), "ISO002 fails that did not"),
        (judgement(("ISO001", passed("public.a")), ("ISO002", unknown("public.a", "x"))), "is unknown now"),
        (judgement(failure="42501 no"), "it cannot be applied: 42501 no"),
    ],
)
def test_whatever_else_is_said_against_it(after, said):
    assert said in objections(PLACE, CHANGE, BEFORE, after)[0]


def test_only_a_function_that_the_change_gives_up_may_lose_its_callers():
    after = replace(GOOD, uses=frozenset({READS}))
    assert objections(PLACE, CHANGE, BEFORE, after)
    assert not objections(PLACE, replace(CHANGE, gives_up=frozenset({"public.f()"})), BEFORE, after)


def test_an_info_may_be_shown_by_another_example_and_may_not_grow():
    one, other = (replace(BAD, subject=name) for name in ("public.b: lock", "public.c: lock"))
    before = judgement(("ISO001", BAD), ("ISO010", one))
    assert not objections(PLACE, CHANGE, before, judgement(("ISO001", passed("public.a")), ("ISO010", other)))
    grown = judgement(("ISO001", passed("public.a")), ("ISO010", one), ("ISO010", other))
    assert "ISO010 fails that did not" in objections(PLACE, CHANGE, before, grown)[0]


def test_what_mends_harm_may_cost_time():
    dear = judgement(("ISO001", passed("public.a")), ("SCH010", BAD))
    assert objections(PLACE, CHANGE, BEFORE, dear)
    assert not objections(PLACE, CHANGE, replace(BEFORE, costs=frozenset({"SCH010"})), dear)
    assert objections(PLACE, CHANGE, replace(BEFORE, costs=frozenset({"SCH010", "ISO001"})), dear)


def test_what_is_left_of_something_worse_is_a_note_and_no_objection():
    after = judgement(("ISO001", passed("public.a")), ("ISO010", BAD))
    assert not objections(PLACE, CHANGE, BEFORE, after)
    elsewhere = judgement(("ISO001", passed("public.a")), ("ISO010", replace(BAD, subject="public.b")))
    assert "ISO010 fails that did not" in objections(PLACE, CHANGE, BEFORE, elsewhere)[0]
