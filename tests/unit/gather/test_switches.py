"""A value publishes a row if its column says so, and then by another value the row is not public."""

from dataclasses import replace

import pytest

from pytest_readiness.gather.attacks.states import FUTURE
from pytest_readiness.gather.attacks.switches import by_which_not, says_nothing_of_showing
from relations import column


def others(name, held, said=(), known=(), kind="text", **facts):
    return [*by_which_not(column(name, kind), held, said, known, **facts)]


def test_a_boolean_has_one_other_value():
    assert others("is_public", "true", kind="boolean") == ["false"]
    assert others("is_public", "false", kind="boolean") == []
    assert others("activation_pending", "true", kind="boolean") == []


def test_a_row_that_nobody_made_private_is_its_tenants():
    assert others("is_private", "false", kind="boolean") == ["true"]
    assert others("is_private", "false", kind="boolean", in_tenant=True) == []


def test_the_other_values_are_those_that_a_check_lets_in():
    known = ("new", "published", "retired")
    assert others("status", "published", ("published",), known)[:2] == ["new", "retired"]
    assert others("status", "published", ("published",)) == ["private", "draft"]
    assert others("status", "retired", ("retired",), known) == []


def test_a_value_that_a_policy_calls_public_is_left_for_all_others():
    known, called = ("avatars", "banners", "papers"), frozenset({"avatars", "banners"})
    assert others("bucket", "avatars", known, known, called=called) == ["papers"]
    assert others("bucket", "papers", known, known, called=called) == []


def test_what_was_seen_to_is_shown_by_a_view_alone():
    known = ("pending", "approved", "rejected")
    assert others("status", "approved", ("approved",), known, viewed=True)[0] == "pending"
    assert others("status", "approved", ("approved",), known) == []


@pytest.mark.parametrize(("kept_out", "found"), [("draft", ["draft"]), ("new", [])])
def test_who_keeps_out_drafts_alone_shows_the_rest(kept_out, found):
    assert others("status", "published", (kept_out,), (kept_out, "published")) == found


def test_a_time_of_publication_lies_ahead_or_is_open():
    made = column("published_on", "date")
    assert [*by_which_not(made, "2001-01-01", (), ())] == [FUTURE]
    assert [*by_which_not(replace(made, not_null=False), "2001-01-01", (), ())] == [None]
    assert others("done_on", "2001-01-01", kind="date") == []


STATES = ("new", "draft", "done", "accepted")


@pytest.mark.parametrize(
    ("name", "kind", "value", "said", "nothing"),
    [
        ("state", "text", "done", ("done",), True),
        ("state", "text", "draft", ("draft",), True),
        ("state", "text", "accepted", ("accepted",), False),
        ("state", "text", "accepted", ("new",), True),
        ("state", "text", "accepted", ("draft",), False),
        ("done_at", "timestamp with time zone", "2001-01-01", (), True),
        ("deleted_at", "date", "2001-01-01", (), True),
        ("starts_at", "date", "2001-01-01", (), False),
        ("closed_at", "date", None, (), False),
        ("paid", "boolean", "true", (), True),
        ("deactivated", "boolean", "true", (), True),
        ("deactivated", "boolean", "false", (), False),
        ("is_template", "boolean", "true", (), False),
    ],
)  # fmt: skip
def test_what_is_done_or_deleted_is_not_shown_by_that(name, kind, value, said, nothing):
    assert says_nothing_of_showing(column(name, kind), value, said, STATES) is nothing
