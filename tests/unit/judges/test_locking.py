"""Which code may lock, and which calls have nothing in common to lock on purpose."""

import pytest

from pytest_readiness.evidence.catalog import Argument
from pytest_readiness.judges.sql.locking import apart, locks, updated

SLOT, BIG, KIND = (
    Argument("slot", "integer", "integer", "b"),
    Argument("big", "boolean", "boolean", "b"),
    Argument("kind", "kind", "kind", "e"),
)


@pytest.mark.parametrize(
    "body",
    [
        "perform pg_advisory_xact_lock(1)",
        "select pg_catalog.pg_advisory_lock(hashtext('x'))",
        "begin lock table public.entries in exclusive mode; end",
        "begin lock entries; end",
        "select 1 from settings for update",
        "select 1 from settings for no key update",
        "select 1 from settings for share",
    ],
)
def test_code_says_that_it_locks(body):
    assert locks(body)


@pytest.mark.parametrize(
    "body",
    ["select locked from entries", "-- pg_advisory_xact_lock(1)\nselect 1", "update clock set lock = 1"],
)
def test_code_that_speaks_of_locks_takes_none(body):
    assert not locks(body)


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ("update public.counters set n = n + 1", ["counters"]),
        ('update only "Counters" c set n = 1', ["Counters"]),
        (
            "insert into counters as c values (1) on conflict (k) do update set n = c.n + 1",
            ["counters", "set"],
        ),
        ("insert into counters values (1); select 1", []),
    ],
)
def test_what_is_updated_is_named(body, names):
    assert set(updated(body)) <= {*names}
    assert names[:1] == [*updated(body)][:1]


def test_two_calls_that_name_the_same_may_lock_it_on_purpose():
    assert apart([SLOT], ["'1'::integer"], ["'2'::integer"])
    assert not apart([SLOT], ["'1'::integer"], ["'1'::integer"])
    assert not apart([SLOT, SLOT], ["'1'::integer", "'2'::integer"], ["'2'::integer", "'3'::integer"])
    assert not apart([SLOT], ["null::integer"], ["null::integer"])


def test_what_chooses_a_branch_names_nothing():
    assert apart([SLOT, BIG, KIND], ["1", "true", "'a'"], ["2", "true", "'a'"])
    assert apart([], [], [])
    assert not apart([SLOT, BIG], ["1", "true"], ["2"])
