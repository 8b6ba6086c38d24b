"""ISO010 on evidence made by hand: what stands beside policies is listed, and gathered where it is everywhere."""

from dataclasses import replace

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.attacks import (
    Assault,
    CallEvidence,
    InferenceEvidence,
    RoleEvidence,
    SessionEvidence,
    ViewEvidence,
    WriteEvidence,
)
from readiness_checks.isolation.residual_channels import residual_channels

NONE = {
    "roles": RoleEvidence(()),
    "inferences": InferenceEvidence(()),
    "views": ViewEvidence(()),
    "sessions": SessionEvidence(()),
    "calls": CallEvidence(()),
}


def findings(writes=(), **others):
    return list(residual_channels(**(NONE | others), writes=WriteEvidence(tuple(writes))))


@pytest.mark.parametrize(
    ("source", "evidence"),
    [
        ("roles", RoleEvidence),
        ("inferences", InferenceEvidence),
        ("views", ViewEvidence),
        ("sessions", SessionEvidence),
    ],
)
def test_each_source_is_listed(harm, source, evidence):
    lock = Assault("public.payments: a lock", "LOOK", 1, (harm("residual", what="a lock"),))
    (finding,) = findings(**{source: evidence((lock,))})
    assert finding.status is Status.FAILED
    assert finding.detail == "Whoever runs SQL as bob may take a lock (public.payments)."


def test_what_the_subject_does_not_say_is_said(harm):
    told = Assault("public.lines", "REFERENCE", 1, (harm("residual", what="order_id may refer to 7"),))
    (finding,) = findings(inferences=InferenceEvidence((told,)))
    assert finding.detail == "Whoever runs SQL as bob may learn of public.lines that order_id may refer to 7."


def test_steps_that_either_side_may_take_are_told(harm):
    steps = Assault(
        "public.a: state by side", "STEP", 3, (harm("residual", what="new to paid, paid to sent"),)
    )
    (finding,) = findings(roles=RoleEvidence((steps,)))
    said = "Either of the two who own a row may take each step of public.a: state: new to paid, paid to sent."
    assert finding.detail == said


def test_what_ranks_may_by_the_alphabet_is_told(harm):
    what = "UPDATE public.a as owner, viewer: `role >= 'editor'` goes by the alphabet"
    ranked = Assault("public.a: UPDATE by rank", "RANK", 3, (harm("residual", what=what),))
    (finding,) = findings(roles=RoleEvidence((ranked,)))
    said = f"Whoever is beside alice may {what}, not by the order that is declared."
    assert finding.detail == said


@pytest.mark.parametrize(
    ("subject", "what", "said"),
    [
        ("TRIGGER", "a trigger on public.a", "may make a trigger on public.a (TRIGGER)."),
        ("SETVAL", "the next key", "may set the next key (SETVAL)."),
        (
            "STALE CLAIMS",
            "her former tenant's rows",
            "may still read her former tenant's rows (STALE CLAIMS).",
        ),
        ("app: its statements", "the text of them", "may learn the text of them (app: its statements)."),
        ("public.f(x uuid)", "a secret in the body", "may learn a secret in the body (public.f(x uuid))."),
        (
            "f(uuid)",
            "t about alice, and f about nobody",
            "may learn t about alice, and f about nobody (f(uuid)).",
        ),
        ("a: names", "a table of one's own in a", "may make a table of one's own in a (a: names)."),
        ("sums", "`7` follows from her numbers", "may learn of sums that `7` follows from her numbers."),
    ],
)
def test_it_is_said_what_a_role_may_do(harm, subject, what, said):
    (finding,) = findings(roles=RoleEvidence((Assault(subject, "LOOK", 1, (harm("residual", what=what),)),)))
    assert finding.detail == f"Whoever runs SQL as bob {said}"


def test_a_value_that_was_told_is_no_residue(harm):
    told = Assault("public.payments", "KEY email", 1, (harm("told"),))
    (finding,) = findings(inferences=InferenceEvidence((told,)))
    assert finding.status is Status.PASSED


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("public.a",), "I emptied public.a: TRUNCATE"),
        (("public.a", "public.b", "public.c"), "I emptied public.a and 2 other tables: TRUNCATE"),
    ],
)
def test_what_truncate_empties_is_one_finding(harm, names, said):
    writes = [Assault(name, "TRUNCATE", 2, (harm("residual", relation=name),)) for name in names]
    (finding,) = findings(writes)
    assert (finding.status, finding.subject) == (Status.FAILED, "TRUNCATE")
    assert said in finding.detail
    assert all(name in finding.fix for name in names)


@pytest.mark.parametrize(
    ("by", "said"),
    [
        ("TRUNCATE is granted, and asks no policy", "The platform grants it, and its API cannot say it; "),
        ("api owns public.a", "TRUNCATE asks no policy. Its owner may; whoever runs SQL as this role can."),
    ],
)
def test_it_is_said_why_a_client_may_empty_a_table(harm, by, said):
    (finding,) = findings([Assault("public.a", "TRUNCATE", 2, (replace(harm("residual"), by=by),))])
    assert said in finding.detail


def test_a_role_to_become_is_named_once(harm):
    what = "become service, which no policy binds"
    lent = Assault("web as service", "BECOME", 1, (replace(harm("residual", what=what), actor="web"),))
    (finding,) = findings(roles=RoleEvidence((lent,)))
    assert finding.detail == f"Whoever runs SQL as web may {what}."


def test_a_truncate_that_is_a_harm_is_judged_elsewhere(harm):
    (finding,) = findings([Assault("public.a", "TRUNCATE", 2, (harm("destroyed"),))])
    assert finding.status is Status.PASSED


def test_other_writes_say_nothing_of_truncate(harm):
    assert findings([Assault("public.a", "DELETE", 2, (harm("residual"),))]) == []


def test_what_makes_relations_and_was_not_tried_is_told_and_no_other_call():
    left = Assault(
        "public.begin_year(), untried", "MAKES", 0, unclear="no call of it made a relation here (28P01)"
    )
    (found,) = findings(calls=CallEvidence((left, replace(left, verb="CALL"), replace(left, unclear=""))))
    assert found.status is Status.UNKNOWN
    assert found.subject == left.subject
    assert "28P01" in found.detail
