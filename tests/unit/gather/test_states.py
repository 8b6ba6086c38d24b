"""What a new row says to be in states that code asks for."""

from pytest_readiness.gather.attacks.asked_states import asked_of
from pytest_readiness.gather.attacks.states import State
from relations import relation

ENTRIES = relation("public.entries")


def state(value, *, column="kind", of="public.entries"):
    return State(of, "", (), (column, value))


def test_what_is_asked_for_comes_before_what_is_left_out():
    assert asked_of(ENTRIES, (state("purge"), state("memo"))) == {"kind": "purge"}


def test_several_columns_are_asked_at_once():
    both = (state("purge"), state("true", column="sure"))
    assert asked_of(ENTRIES, both) == {"kind": "purge", "sure": "true"}


def test_rows_of_other_relations_say_nothing_of_this_one():
    assert asked_of(ENTRIES, (state("gone", of="public.others"),)) == {}
