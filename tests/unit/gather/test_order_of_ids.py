"""Wallets get their letters so that ids rise as a scenario wants, and what one owner has stays together."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.wallet import Observed, Outcome
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.wallet.interleaving import Explorer, exploration
from pytest_readiness.gather.wallet.manners import Manners
from pytest_readiness.gather.wallet.scenarios import Scenario, change, move, part, scenarios
from pytest_readiness.gather.wallet.worlds import _labelled, _slots
from pytest_readiness.judges.wallet.replays import slug
from pytest_readiness.judges.wallet.serial import REPLAYS
from pytest_readiness.settings import Wallet

TWO = [("a", "a"), ("b", "b")]
SHARED = [("a", "a"), ("d", "a"), ("b", "b"), ("c", "c")]


@pytest.mark.parametrize(("made", "rising"), [(["2", "10"], ("a", "b")), (["10", "2"], ("b", "a"))])
def test_numbers_are_compared_by_their_size(made, rising):
    labels = _labelled(TWO, made, [rising])
    assert labels.ids == dict(zip("ab", made, strict=True))


def test_who_gets_another_letter_takes_the_owner_along():
    labels = _labelled(TWO, ["7f", "1c"], [("a", "b")])
    assert labels.ids == {"a": "1c", "b": "7f"}
    assert labels.owners == (("a", "b"), ("b", "a"))


def test_two_wallets_of_one_owner_stay_with_one_owner():
    labels = _labelled(SHARED, ["3", "1", "2", "4"], [("a", "b"), ("d", "c")])
    assert labels.ids == {"a": "3", "d": "1", "b": "4", "c": "2"}
    assert dict(labels.owners) == {"a": "a", "b": "c", "c": "b"}


def test_ids_that_cannot_rise_are_refused():
    assert _labelled(SHARED, ["3", "4", "1", "2"], [("a", "b"), ("d", "c")]) is None


def test_numbers_that_count_up_follow_the_order_that_is_wanted():
    scenario = Scenario("t", tuple((letter, "1", letter) for letter in "abc"), ((move("a", "c", "1"),),))
    rising, falling = scenario.ordered()
    counted = ["1", "2", "3"]
    for one, (low, high) in ((rising, "ac"), (falling, "ca")):
        labels = _labelled(_slots(one), counted, one.rising)
        assert int(labels.ids[low]) < int(labels.ids[high])


def test_each_scenario_of_several_wallets_is_run_both_ways():
    titles = [one.title for one in scenarios(None)]
    assert "two deposits meet, ids falling" not in titles
    assert "two deposits meet" in titles
    assert {"two spend from one wallet", "two spend from one wallet, ids falling"} <= {*titles}
    assert len({slug(title) for title in titles}) == len(titles)


def test_a_repetition_is_run_by_who_runs_the_first_and_after_all_that_repeat_nothing():
    shards = [part(Wallet(adapter="a:b"), Shard(index, 4)) for index in range(4)]
    for mine in shards:
        again = [bool(one.again) for one in mine]
        assert again == sorted(again)
        assert {one.again for one in mine if one.again} <= {one.title for one in mine}
    assert sum(map(len, shards)) == len(list(scenarios(None)))


ENDED = Outcome(("transfer a b was done", "transfer b a was refused: 40P01"), ())
EXPLAINED = Observed("0101", ENDED, (1,), (ENDED,), (), replays=REPLAYS)
WRONG = replace(EXPLAINED, allowed=())


class Known(Explorer):
    """Has seen the same at every level; nothing is run."""

    def __init__(self, levels, seen):
        self.teller, self._levels, self._seen = (
            type("Teller", (), {"wallet": Wallet(transfer="t"), "manners": Manners(), "levels": levels}),
            levels,
            seen,
        )

    def levels(self):
        return dict.fromkeys(self._levels, True)

    def _at(self, scenario, level, _oracle, **_declared):
        seen = self._seen.get(level)
        return replace(exploration(scenario, level), observed=(seen,) if seen else ())


RC, SERIALIZABLE = "read committed", "serializable"


@pytest.mark.parametrize(
    ("levels", "seen", "again"),
    [
        ((RC, SERIALIZABLE), {}, [RC]),
        ((RC, SERIALIZABLE), {RC: WRONG}, []),
        ((RC, SERIALIZABLE), {RC: replace(WRONG, replays=1)}, [RC]),
        ((RC, SERIALIZABLE), {SERIALIZABLE: WRONG}, [RC]),
        ((RC,), {RC: EXPLAINED}, []),
        ((SERIALIZABLE,), {SERIALIZABLE: EXPLAINED}, [SERIALIZABLE]),
    ],
    ids=["sound", "wrong", "unstable", "wrong at another level", "a deadlock", "one that is tried again"],
)
def test_a_repetition_is_left_out_where_callers_have_seen_the_same_wrong(levels, seen, again):
    both = Scenario("t", (("a", "1", "a"), ("b", "1", "b")), ((move("a", "b", "1"),), (move("b", "a", "1"),)))
    found = list(Known(levels, seen).explored(both.ordered()))
    assert [one.level for one in found if one.scenario == "t"] == list(levels)
    assert [one.level for one in found if one.scenario != "t"] == again


def test_what_an_exchange_leads_to_is_of_another_currency_and_stays_so_whatever_the_order_of_ids():
    a, b, c = ("a", "1", "a"), ("b", "1", "b"), ("c", "1", "c")
    meets = Scenario("t", (a, b, c), ((change("a", "b", "1"),), (move("a", "c", "1"),)))
    back = Scenario("t", (a, b), ((change("a", "b", "1"),), (change("b", "a", "1"),)))
    assert meets.foreign == back.foreign == {"b"}
    assert not replace(back, within=True).foreign
    slots = [("a", "a"), ("b", "b"), ("c", "c")]
    assert _labelled(slots, ["3", "1", "2"], [("a", "c")], meets.foreign).ids == {
        "a": "2",
        "b": "1",
        "c": "3",
    }
    assert _labelled(slots, ["3", "1", "2"], [("a", "b")], meets.foreign) is None
