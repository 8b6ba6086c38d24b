"""Who is open, listed or takes something has asked for what others send; who is merely active has not."""

import pytest

from pytest_readiness.judges.purpose.gates import invites, opens_from


@pytest.mark.parametrize(
    "name",
    ["inbox_open", "isListed", "accepts_bookings", "takes_repairs", "allows_messages", "public", "published"],
)
def test_a_name_that_invites(name):
    assert invites(name)


@pytest.mark.parametrize(
    "name", ["active", "is_enabled", "verified", "not_open", "shared", "paid", "closed", "requested", "draft"]
)
def test_a_name_that_invites_nobody(name):
    assert not invites(name)


@pytest.mark.parametrize(
    ("name", "opens"), [("opens_at", True), ("open_from", True), ("published_at", True), ("opened_at", False)]
)
def test_a_time_from_which_others_may_send_something(name, opens):
    assert opens_from(name) is opens
