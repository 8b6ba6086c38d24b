"""What a transfer costs is learned from the ledger, and no more than that is left out."""

from decimal import Decimal

import pytest

from pytest_readiness.evidence.wallet import Charge, Entry, Legal
from pytest_readiness.judges.wallet.fees import curtailed, learned, may_cost, paid

TEN, TWENTY = Decimal(10), Decimal(20)


def entries(transfer, *amounts):
    """Return the entries of a transfer: of a, of b, and of others."""
    return [
        Entry(transfer, wallet, Decimal(amount), "USD")
        for wallet, amount in zip(("a", "b", None, "house"), amounts, strict=False)
    ]


BY_SOURCE = [*entries("t", "-10.10", "10", "0.10"), *entries("u", "-20.20", "20", "0.20")]
BY_DESTINATION = [*entries("t", "-10", "9.90", "0.10"), *entries("u", "-20", "19.80", "0.20")]


def test_who_pays_is_told_by_who_moves_another_amount_than_was_asked_for():
    assert learned(BY_SOURCE, "ab", [TEN, TWENTY]).payer == 0
    assert learned(BY_DESTINATION, "ab", [TEN, TWENTY]).payer == 1
    seen = ((TEN, Decimal("0.10")), (TWENTY, Decimal("0.20")))
    assert learned(BY_SOURCE, "ab", [TEN, TWENTY]).seen == seen
    assert learned(BY_DESTINATION, "ab", [TEN, TWENTY]).seen == seen


@pytest.mark.parametrize(
    "found",
    [
        [*entries("t", "-10", "10"), *entries("u", "-20", "20")],
        [*entries("t", "-10", "10"), *entries("u", "-20.20", "20", "0.20")],
        [*entries("t", "-10.10", "10"), *entries("u", "-20.20", "20")],
        [*entries("t", "-10.30", "9.80", "0.50"), *entries("u", "-20.30", "19.80", "0.50")],
        entries("u", "-20.20", "20", "0.20"),
        [*entries("t", "-13.10", "10", "3.10"), *entries("u", "-20.20", "20", "0.20")],
    ],
    ids=[
        "none",
        "not always",
        "nobody gains it",
        "neither moves what was asked for",
        "one is not in the ledger",
        "less costs more",
    ],
)
def test_what_is_no_fee_of_each_transfer_is_none(found):
    assert learned(found, "ab", [TEN, TWENTY]) is None
    assert learned(found, "ab", []) is None


CENTS = ((TEN, Decimal("0.10")), (TWENTY, Decimal("0.20")))


def test_what_was_paid_is_told_of_transfers_alone_and_within_what_was_learned():
    deposit = entries("d", "100", "0", "-100")
    skimmed = entries("s", "-15", "10", "5")
    assert paid([*BY_SOURCE, *deposit, *skimmed], "ab", Charge(0, CENTS)) == {"a": Decimal("0.30")}
    assert paid(BY_DESTINATION, "ab", Charge(1, CENTS)) == {"b": Decimal("0.30")}


@pytest.mark.parametrize(
    ("seen", "amount", "at_most"),
    [
        (CENTS, "5", "0.10"),
        (CENTS, "10", "0.10"),
        (CENTS, "10.01", "0.20"),
        (CENTS, "1000", "10.5"),
        (((TEN, TEN), (Decimal(50), TEN)), "1000", "220"),
        (((TEN, Decimal("0.03")), (Decimal(50), Decimal("0.17"))), "100000", "360"),
    ],
    ids=["less", "the least", "between", "a part", "one fee for all", "rounded down"],
)
def test_a_transfer_costs_no_more_than_larger_ones_and_no_larger_part_than_smaller_ones(
    seen, amount, at_most
):
    assert may_cost(Charge(0, seen), Decimal(amount)) == Decimal(at_most)


def gained(**amounts):
    return tuple((wallet, Decimal(gain), Decimal(gain)) for wallet, gain in amounts.items())


def move(amount):
    return {"a": -Decimal(amount), "b": Decimal(amount)}


def test_of_several_calls_each_was_done_on_both_sides_or_on_none():
    way = Legal(accepted=False, gains=gained(a=-70, b=70))
    assert set(curtailed([move(70), move(31)], way)) == {
        Legal(accepted=False),
        Legal(accepted=False, gains=gained(a=-70, b=70)),
        Legal(accepted=True, gains=gained(a=-31, b=31)),
    }
    assert list(curtailed([], way)) == [Legal(accepted=False)]


def test_a_call_that_repeats_one_is_done_once_and_may_repeat_its_answer_alone():
    way = Legal(accepted=None, gains=gained(a=-30, b=30))
    assert set(curtailed([move(30), move(30)], way)) == {
        Legal(accepted=False),
        Legal(accepted=False, gains=gained(a=-30, b=30)),
        Legal(accepted=True, gains=gained(a=-30, b=30)),
    }


def test_a_key_that_comes_again_with_more_is_not_accepted_for_what_was_done_before():
    way = Legal(accepted=False, gains=gained(a=-30, b=30))
    assert Legal(accepted=True, gains=way.gains) not in set(curtailed([move(30), move(31)], way))
