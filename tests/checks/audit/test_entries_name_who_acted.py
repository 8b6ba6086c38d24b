"""AUD003 on evidence made by hand."""

import pytest

from pytest_readiness import Status
from pytest_readiness.evidence.audit import Attribution, Claim, Unfilled, Unnamed, Unserved
from pytest_readiness.judges.audit.attribution import APART, RECORDER, never_filled
from readiness_checks.audit.entries_name_who_acted import entries_name_who_acted


def judge(truth, lie, said, about=""):
    claim = Claim(
        "public.payments", "public.audit_log", "alice", about, "the actor", truth, lie, said, "update;"
    )
    (finding,) = entries_name_who_acted(Attribution((claim,)))
    return finding


@pytest.mark.parametrize(
    ("truth", "lie", "said"),
    [
        (("alice-id", "alice@x"), "", "alice@x"),
        ((), "bob-id", "alice-id"),
        ((), "bob-id", None),
        ((), "", None),
    ],
)
def test_a_true_name_passes(truth, lie, said):
    assert judge(truth, lie, said).status is Status.PASSED


@pytest.mark.parametrize(
    ("truth", "lie", "said", "told"),
    [
        (("alice-id",), "", "authenticated", "has 'authenticated' for the actor"),
        (("alice-id",), "", None, "has nothing for the actor"),
        ((), "", "", "the empty string"),
        ((), "bob-id", "bob-id", "after a false word in the setting app.user_id"),
    ],
)
def test_a_false_name_fails(truth, lie, said, told):
    finding = judge(truth, lie, said, "the setting app.user_id")
    assert finding.status is Status.FAILED
    assert told in finding.detail
    assert finding.reproduce == "update;"


def test_without_an_entry_nobody_is_named():
    assert judge(("alice-id",), "", "(the write was refused: no)").status is Status.UNKNOWN


def test_a_refusal_that_quotes_a_lie_has_not_believed_it():
    said = '(the write was refused: invalid input syntax for type inet: "bob-id")'
    assert judge((), "bob-id", said, "the setting app.ip").status is Status.UNKNOWN


def test_functions_that_left_no_entry_are_told_once_where_nothing_else_was_judged():
    closed = tuple(Unnamed("public.audit_log", f"public.f{n}()", "P0001: closed") for n in range(2))
    (finding,) = entries_name_who_acted(Attribution((), unnamed=closed))
    assert (finding.subject, finding.status) == ("public.audit_log of functions", Status.UNKNOWN)
    assert "no call of public.f0()" in finding.detail
    for said, statuses in (
        ("alice-id", [Status.PASSED]),
        ("(no entry)", [Status.UNKNOWN, Status.UNKNOWN]),
    ):
        claim = Claim(
            "public.payments",
            "public.audit_log",
            "alice",
            "",
            "the actor",
            ("alice-id",),
            "",
            said,
            "update;",
        )
        told = entries_name_who_acted(Attribution((claim,), unnamed=closed))
        assert [finding.status for finding in told] == statuses


@pytest.mark.parametrize(
    ("about", "said", "told", "fix"),
    [
        (
            RECORDER,
            "postgres",
            "has for db_role in public.audit_log the owner of the function",
            "session_user",
        ),
        (APART, "a, b", "has another db_role in public.audit_log than a write before it", "a setting"),
    ],
)
def test_what_nobody_said_falsely_and_is_false_is_told_in_its_own_words(about, said, told, fix):
    lie = said.rpartition(" ")[2]
    claim = Claim("public.payments", "public.audit_log", "service_role", about, "db_role", (), lie, said, "")
    (finding,) = entries_name_who_acted(Attribution((claim,)))
    assert finding.status is Status.FAILED
    assert told in finding.detail
    assert fix in finding.fix


def test_a_column_of_a_request_that_no_table_fills_is_asked_about():
    address, agent = (Unfilled("public.audit_log", f"its_{part}", part) for part in ("address", "agent"))
    empty = never_filled(
        [("public.audit_log", [address, agent]), ("public.audit_log", [address]), ("a.b", [])]
    )
    (finding,) = entries_name_who_acted(Attribution((), unfilled=empty))
    assert (finding.subject, finding.status) == ("public.audit_log.its_address", Status.UNKNOWN)
    assert finding.fix == '[audit.session]\nip = "app.…"'


def test_requests_that_left_too_few_entries_tell_nothing_of_their_connection():
    few = Unserved("public.payments", "public.audit_log", "request_id", "no request left an entry: closed")
    (finding,) = entries_name_who_acted(Attribution((), unserved=(few,)))
    assert (finding.subject, finding.status) == ("public.payments by its requests", Status.UNKNOWN)
    assert "request_id in public.audit_log" in finding.detail
    assert finding.detail.endswith("no request left an entry: closed")
