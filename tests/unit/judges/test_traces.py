"""A result without a text of somebody shows her row by a number of it, if a key stands beside the number."""

import json

import pytest

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.judges.isolation.traces import Made, keys_of, numbers_in, traces

ROW = "72762fe2-63f5-50c1-aed7-09a33d4b9163"
HERS = Made(
    "public.payments",
    {"id": ROW, "user_id": ALICE.uuid, "amount": 481512164.15, "at": 2026, "paid": True, "fee": 1_000_000},
    keys_of((ALICE.uuid, ROW)),
)
HIS = Made("public.payments", {"id": "x", "amount": 481529661.15, "fee": 1_000_000}, frozenset({"his"}))
ALL = traces((HERS, HIS))


@pytest.mark.parametrize(
    ("row", "shown"),
    [
        ({"user_id": ALICE.uuid, "amount": 481512164.15}, True),
        ({"id": ROW, "sum": 481512164.15}, True),
        ({"list": [{"who": ALICE.uuid, "much": 481512164.15}]}, True),
        ({"amount": 481512164.15}, False),
        ({"campaign": "spring", "amount": 481512164.15}, False),
        ({"user_id": ALICE.uuid}, False),
        ({"user_id": ALICE.uuid, "fee": 1_000_000}, False),
        ({"user_id": ALICE.uuid, "at": 2026, "paid": True}, False),
        ({"user_id": ALICE.uuid, "amount": 481529661.15}, False),
    ],
    ids=[
        "owner",
        "row",
        "nested",
        "no key",
        "another key",
        "no number",
        "of two rows",
        "small",
        "of another",
    ],
)
def test_a_number_counts_beside_a_key_of_its_row(row, shown):
    assert [made.relation for _, made in ALL.within(json.dumps(row))] == ["public.payments"] * shown


def test_digits_inside_of_a_word_are_no_number():
    assert not list(ALL.within(f"{ALICE.uuid} a481512164.15 481512164.15-1"))


def test_the_key_of_a_user_is_no_number_of_a_row():
    number = Made("public.t", {"user_id": ALICE.number}, keys_of((ALICE.uuid,)))
    assert not traces([number]).by_number


def test_numbers_are_the_same_however_an_average_spells_them():
    assert numbers_in('{"n": 1, "avg": 481512164.1500000}') == (481512164.15,)


ALIKE, OTHER = "canary-0123456789", "canary-9876543210"
LOT, TEST = (
    Made(name, {"lot": ALIKE, "user_id": who}, keys_of((who, ALIKE)))
    for name, who in (("public.crates", ALICE.uuid), ("public.tests", ROW))
)


@pytest.mark.parametrize(
    ("text", "whose"),
    [
        (f"{ALIKE} {ALICE.uuid}", ["public.crates"]),
        (f"{ALIKE} {ALIKE}", []),
        (f"{ALIKE} {OTHER}", []),
        (ALICE.uuid, []),
    ],
    ids=["owner", "by itself", "another text", "no text"],
)
def test_what_several_have_is_no_key_of_any(text, whose):
    assert [made.relation for _, made in traces((LOT, TEST)).within(text)] == whose
