"""Who is given a row, and who gives it."""

import pytest

from pytest_readiness.evidence.ownership import Ownership
from pytest_readiness.gather.attacks.repointing import receivers
from relations import column, relation


def receiving(first, second, *, default="", signed=()):
    shares = relation("public.shares", column(first, default=default), column(second))
    return receivers(shares, Ownership(users=(first, second), signed=frozenset(signed)))


@pytest.mark.parametrize("giver", ["owner_id", "shared_by", "sender", "inviter_id", "from_id"])
def test_who_gives_is_told_by_name(giver):
    assert receiving(giver, "shared_with") == ("shared_with",)


def test_who_gives_is_told_by_what_fills_it():
    assert receiving("friend", "other", default="auth.uid()") == ("other",)
    assert receiving("friend", "other", signed={"friend"}) == ("other",)


def test_where_nothing_tells_either_may_be_given():
    assert receiving("friend", "other") == ("friend", "other")
    assert receiving("created_by", "sent_by") == ("created_by", "sent_by")
