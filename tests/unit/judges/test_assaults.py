"""What attempts prove, and what they do not."""

from dataclasses import replace

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.attacks import ONLY_VERSION, Assault, Harm, WriteEvidence
from pytest_readiness.judges.isolation.assaults import judge

HARM = Harm("bob", "altered", "public.a", "alice", "`canary-1`", "select 1")
NOBODY = "nobody who was tried may UPDATE, not even its owner"
QUIET = Assault("public.a", "UPDATE", 3)


def findings(*assaults, verbs=("UPDATE",), **evidence):
    return list(
        judge(
            WriteEvidence(assaults, **evidence),
            kinds={"altered"},
            say=lambda subject, harm: f"{harm.actor} {harm.what} {subject}",
            fix="mend {}",
            verbs=verbs,
        )
    )


def only(*assaults, **given):
    (finding,) = findings(*assaults, **given)
    return finding


def test_a_harm_fails_its_subject_with_what_replays_it():
    finding = only(Assault("public.a", "UPDATE", 3, (HARM,)))
    assert finding.status is Status.FAILED
    assert (finding.subject, finding.detail) == ("public.a", "bob `canary-1` public.a")
    assert (finding.reproduce, finding.fix) == ("select 1", "mend public.a")


def test_a_harm_counts_whatever_the_verb_that_did_it():
    assert only(Assault("public.a", "MERGE", 1, (HARM,))).status is Status.FAILED


def test_a_harm_of_another_kind_does_not_count():
    other = Harm("bob", "destroyed", "public.a", "alice", "x", "")
    assert only(Assault("public.a", "UPDATE", 3, (other,))).status is Status.PASSED


def test_every_actor_who_could_is_named_once():
    anon = Harm("anon", "altered", "public.a", "alice", "x", "")
    detail = only(Assault("public.a", "UPDATE", 3, (HARM, anon, anon, HARM))).detail
    assert detail == "bob `canary-1` public.a So can anon."


def test_a_value_tells_more_than_a_row_that_was_touched_and_left():
    touched = Harm("bob", "altered", "public.a", "alice", ONLY_VERSION, "")
    assert "canary-1" in only(Assault("public.a", "UPDATE", 3, (touched, HARM))).detail


def test_a_value_tells_more_than_a_time_that_a_trigger_keeps():
    stamped = Harm("bob", "altered", "public.a", "alice", "updated_at from `1` to `2`", "")
    dated = Harm("bob", "altered", "public.a", "alice", "expires_at from `1` to `2`", "")
    assert "canary-1" in only(Assault("public.a", "UPDATE", 3, (stamped, HARM))).detail
    assert "expires_at" in only(Assault("public.a", "UPDATE", 3, (dated, HARM))).detail


def test_each_subject_gets_one_finding():
    found = findings(QUIET, Assault("public.a", "UPDATE", 1, (HARM,)), Assault("public.b", "UPDATE", 1))
    assert [(f.subject, f.status) for f in found] == [
        ("public.a", Status.FAILED),
        ("public.b", Status.PASSED),
    ]


def test_what_was_not_tried_is_not_judged():
    assert findings(Assault("public.a", "DELETE", 3)) == []


def test_without_verbs_every_attempt_proves_something():
    assert only(Assault("public.a", "DELETE", 3), verbs=()).status is Status.PASSED


@pytest.mark.parametrize(
    ("tried", "owner", "said"),
    [
        (0, "", "no client role holds the privilege"),
        (3, "done", "its owner may, and 3 attempts of others did nothing to her rows"),
        (3, "", "3 attempts of others did nothing to rows that are not theirs"),
        (3, "refused", f"{NOBODY}: 3 attempts of others tell nothing of those who may"),
    ],
)
def test_a_pass_says_why(tried, owner, said):
    finding = only(Assault("public.a", "UPDATE", tried, owner=owner))
    assert (finding.status, finding.detail) == (Status.PASSED, said)


def test_a_pass_says_which_verb_its_owner_may_and_which_nobody():
    closed = Assault("public.a", "INSERT", 2, owner="refused")
    detail = only(replace(QUIET, owner="done"), closed, verbs=("INSERT", "UPDATE")).detail
    assert detail == (
        "its owner may UPDATE, and 5 attempts of others did nothing to her rows; nobody who was tried may INSERT, "
        "not even its owner"
    )


@pytest.mark.parametrize(
    ("verbs", "said"),
    [
        ({"DELETE": "policy"}, "no client may DELETE, as no policy lets him, and 2 attempts did nothing"),
        (
            {"DELETE": "policy", "INSERT": "policy"},
            "no client may DELETE or INSERT, as no policy lets him, and 4 attempts did nothing",
        ),
        (
            {"DELETE": "grant", "UPDATE": ""},
            f"no client may DELETE, as no grant lets him; {NOBODY}: 4 attempts of others tell nothing of those who may",
        ),
    ],
)
def test_a_pass_says_why_a_verb_is_closed(verbs, said):
    closed = [Assault("public.a", verb, 2, owner="refused", closed=why) for verb, why in verbs.items()]
    assert only(*closed, verbs=tuple(verbs)).detail == said


def test_what_the_owner_may_in_some_state_is_not_closed():
    detail = only(replace(QUIET, owner="refused"), replace(QUIET, owner="done")).detail
    assert detail == "its owner may, and 6 attempts of others did nothing to her rows"


def test_attempts_that_prove_nothing_are_unknown():
    finding = only(Assault("public.a", "UPDATE", 3, unclear="no row could be made"))
    assert (finding.status, finding.detail) == (Status.UNKNOWN, "no row could be made")


@pytest.mark.parametrize("error", ["42P17 infinite recursion", "42703 no such column", "22P02 not a uuid"])
def test_what_fails_for_its_owner_too_is_broken(error):
    finding = only(Assault("public.a", "UPDATE", 3, owner=error, owner_sql="update"))
    assert finding.status is Status.FAILED
    assert finding.detail == f"Nobody can UPDATE public.a, its owner neither: {error}."
    assert finding.reproduce == "update"


@pytest.mark.parametrize("error", ["23514 check", "P0001 not now", "42501 denied"])
def test_what_its_owner_is_refused_by_a_rule_is_not_broken(error):
    assert only(Assault("public.a", "UPDATE", 3, owner=error)).status is Status.PASSED


def test_an_actor_who_cannot_be_played_is_unknown_for_the_target():
    finding = only(undeclared="settings do not say")
    assert (finding.subject, finding.status) == ("the target", Status.UNKNOWN)


def test_what_anybody_may_leave_for_its_owner_passes_and_says_by_which_policy():
    finding = only(Assault("public.a", "UPDATE", 3, meant="its policy drop_box says"))
    assert finding.status is Status.PASSED
    assert "policy drop_box" in finding.detail


def test_what_a_function_shows_on_purpose_is_told():
    finding = only(Assault("public.f()", "UPDATE", 3, shows="active = true"))
    assert finding.status is Status.PASSED
    assert "rows with active = true, which are for everybody" in finding.detail


def test_what_settings_have_to_say_is_told_in_lines_to_add():
    finding = only(Assault("public.a", "UPDATE", 3, unclear="it may be meant\n[isolation]\ndrop_boxes = []"))
    assert (finding.status, finding.detail) == (Status.UNKNOWN, "it may be meant")
    assert finding.fix == "[isolation]\ndrop_boxes = []"


def test_what_follows_from_one_cause_is_one_finding_and_what_guards_comes_first():
    caused = replace(HARM, actor="mallory", by="b() believes rank", cause="b()")
    told = findings(
        Assault("public.a", "UPDATE", 1, (caused,)),
        Assault("public.b", "UPDATE", 1, (caused,)),
        Assault("public.c", "UPDATE", 1, (caused, HARM)),
    )
    assert {one.subject: one.detail for one in told} == {
        "public.a": (
            "mallory `canary-1` public.a What let it through: b() believes rank. The same goes for public.b."
        ),
        "public.c": "bob `canary-1` public.c So can mallory.",
    }
