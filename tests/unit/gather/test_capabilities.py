"""A value opens a row where it is called like a secret, or is drawn beside the row's key and called like one."""

from dataclasses import replace

import pytest

from pytest_readiness.gather.attacks.codes import is_capability, is_drawn_beside
from relations import column, relation

DRAWN = "gen_random_uuid()"


def held(name, default=DRAWN, **more):
    one = replace(column(name, "uuid"), default=default)
    return replace(relation("public.parcels", column("id"), one), **more), one


@pytest.mark.parametrize("name", ["pickup_key", "shareLink", "clave", "access_token", "pin"])
def test_who_has_such_a_value_was_given_it(name):
    assert is_capability(*held(name))


def test_a_code_that_nobody_draws_is_called_like_a_secret_all_the_same():
    assert is_capability(*held("gate_code", ""))


@pytest.mark.parametrize(
    ("name", "default"),
    [("pickup_key", ""), ("public_key", DRAWN), ("keynote", DRAWN), ("tracking_id", DRAWN)],
    ids=["not drawn", "for all", "another word", "a number"],
)
def test_any_other_value_may_be_known(name, default):
    assert not is_capability(*held(name, default))


def test_by_the_key_of_a_row_it_is_referred_to():
    assert not is_capability(*held("key", primary_key=("key",)))
    assert is_drawn_beside(*held("ref"))
    assert not is_drawn_beside(*held("ref", primary_key=("ref",)))
