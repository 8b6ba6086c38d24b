"""Of partitions that are guarded alike a few stand for all; one that is guarded otherwise stays."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.isolation.partitions import apart
from relations import column, relation

WHOLE = replace(relation("public.events", column("id")), kind="partitioned table")


def part(number, *, parent="public.events", **changed):
    one = relation(f"public.events_{number}", column("id"), parent=parent)
    return replace(one, bounds=f"id = {number}", **changed)


def test_few_partitions_are_all_looked_at():
    every = (WHOLE, *(part(number) for number in range(5)))
    assert apart(every) == (every, {})


def test_of_many_that_are_alike_few_are_kept_and_those_left_out_are_counted():
    kept, alike = apart([WHOLE, *(part(number) for number in range(2000))])
    assert WHOLE in kept
    assert len(kept) + alike["public.events"] == 2001
    assert len(kept) < 20


@pytest.mark.parametrize("otherwise", [{"rls": False}, {"forced": True}])
def test_one_that_is_guarded_otherwise_is_kept(otherwise):
    odd = part(1500, **otherwise)
    kept, _ = apart([WHOLE, *(part(number) for number in range(1000)), odd])
    assert odd in kept


def test_partitions_of_partitions_are_parts_of_the_whole():
    months = [replace(part(month), kind="partitioned table") for month in range(3)]
    days = [part(100 + day, parent=f"public.events_{day % 3}") for day in range(300)]
    kept, alike = apart([WHOLE, *months, *days])
    assert all(month in kept for month in months)
    assert alike == {"public.events": 300 - (len(kept) - 4)}
