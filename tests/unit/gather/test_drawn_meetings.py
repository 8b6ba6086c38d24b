"""A drawn meeting is named by all that it is, shares a wallet, and has smaller ones down to a least."""

from dataclasses import replace
from random import Random

from pytest_readiness.gather.wallet.drawn import drawn, read, smaller
from pytest_readiness.judges.wallet.replays import slug
from pytest_readiness.settings import Wallet

WHOLE = Wallet(
    **dict.fromkeys(
        ("create", "deposit", "transfer", "balance", "reconcile", "freeze", "exchange"), "select"
    ),
    limit="select",
    owner_limit="select",
)


def meetings(wallet=WHOLE, count=200, unusable=()):
    return list(drawn(wallet, Random(7), count, unusable))  # noqa: S311  to be repeated, not to be secret


def test_a_replay_needs_nothing_but_the_name():
    found = meetings()
    assert len(found) == 200
    assert [read(slug(one.title)) for one in found] == found


def test_other_names_are_no_drawn_meetings():
    names = (
        "two-deposits-meet",
        "drawn",
        "drawn-a-0-b-0-c-0-steal-a-b-10",
        "drawn-a-0-b-0-c-0-transfer-a-10",
        "drawn-a-0-b-0-c-0-transfer-a-z-10-meets-deposit-a-10",
        "drawn-a-0-b-0-c-9-transfer-a-b-10-meets-deposit-a-10",
    )
    assert [read(name) for name in names] == [None] * 6


def test_two_sessions_share_a_wallet_and_change_something():
    for one in meetings():
        assert len(one.sessions) == 2
        assert not one.is_apart
        assert any(operation.name not in {"balance", "reconcile"} for s in one.sessions for operation in s)


def test_only_calls_that_the_wallet_has_are_drawn():
    called = {name for one in meetings(replace(WHOLE, exchange="", freeze="")) for name in one.calls()}
    assert called == {"deposit", "transfer", "balance", "reconcile", "limit", "owner_limit"}
    adapted = meetings(replace(WHOLE, adapter="bank:wallet"))
    assert "reconcile" not in {name for one in adapted for name in one.calls()}


def test_calls_that_cannot_be_made_are_not_drawn():
    found = meetings(count=8, unusable={"freeze", "owner_limit"})
    assert len(found) == 8
    assert not {"freeze", "owner_limit"} & {name for one in found for name in one.calls()}
    assert not meetings(unusable={"deposit"})


def test_the_same_seed_draws_the_same():
    assert meetings(count=5) == meetings(count=5)


def test_each_smaller_meeting_is_smaller_and_there_is_a_least():
    one = next(m for m in meetings() if sum(map(len, m.sessions)) == 3)
    steps = 0
    while found := list(smaller(one)):
        assert all(read(slug(less.title)) == less != one for less in found)
        one, steps = found[0], steps + 1
        assert steps < 40
    assert [len(session) for session in one.sessions] == [1, 1]
    assert {much for _, much, _ in one.wallets} == {"0"}
