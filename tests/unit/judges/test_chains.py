"""Entries are linked where each holds what another column of an earlier one held."""

from pytest_readiness.judges.chains import forks, link_of

CHAIN = [
    {"n": 1, "actor": "somebody", "before": "00000000", "own": "aaaaaaaa"},
    {"n": 2, "actor": "somebody", "before": "aaaaaaaa", "own": "bbbbbbbb"},
    {"n": 3, "actor": "somebody", "before": "bbbbbbbb", "own": "cccccccc"},
]


def test_the_column_that_tells_the_entry_before_is_the_link():
    assert link_of(CHAIN) == "before"
    assert not forks(CHAIN, "before")


def test_entries_without_a_link_have_none():
    assert not link_of([{**entry, "before": f"{entry['n']:08}"} for entry in CHAIN])
    assert not link_of([])


def test_two_entries_after_the_same_one_are_a_fork():
    assert forks([*CHAIN, {**CHAIN[2], "own": "dddddddd"}], "before") == {"bbbbbbbb": 2}
