"""A policy for one verb is overruled where one for all lets everybody do the same, and it asks for more."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Policy
from pytest_readiness.judges.isolation.overruled import Reached, overlaps, overruled
from relations import column, relation

NONE, ROWS, MORE = frozenset(), frozenset({"a"}), frozenset({"a", "b"})


def rota(*policies):
    made = (
        Policy(f"p{n}", command, (role,), permissive=permissive, using=using, check="")
        for n, (command, role, using, permissive) in enumerate(policies)
    )
    return replace(relation("public.rota", column("id")), policies=tuple(made))


@pytest.mark.parametrize(
    ("table", "verbs"),
    [
        (rota(("ALL", "public", "ours()", True), ("DELETE", "app", "lead()", True)), ["DELETE"]),
        (rota(("ALL", "app", "ours()", True), ("UPDATE", "app", "lead()", True), ("DELETE", "app", "lead()", True)), ["DELETE", "UPDATE"]),
        (rota(("ALL", "app", "ours()", True), ("DELETE", "app", "ours()", True)), []),
        (rota(("ALL", "app", "ours()", True), ("DELETE", "app", "lead()", False)), []),
        (rota(("ALL", "backend", "ours()", True), ("DELETE", "app", "lead()", True)), []),
        (rota(("SELECT", "app", "ours()", True), ("DELETE", "app", "lead()", True)), []),
    ],
    ids=["one", "two", "alike", "restrictive", "another role", "none for all"],
)  # fmt: skip
def test_verbs_with_policies_of_both_kinds(table, verbs):
    assert [one.verb for one in overlaps(table, ["app"])] == verbs


@pytest.mark.parametrize(
    ("seen", "place"),
    [
        ([Reached(ROWS, ROWS, ROWS), Reached(ROWS, ROWS, NONE)], 1),
        ([Reached(ROWS, ROWS, NONE), Reached(NONE, NONE, NONE)], None),
        ([Reached(MORE, ROWS, MORE), Reached(ROWS, ROWS, NONE)], None),
        ([Reached(ROWS, ROWS, ROWS), Reached(NONE, NONE, NONE)], None),
        ([Reached(ROWS, ROWS, ROWS), Reached(ROWS, ROWS, ROWS)], None),
    ],
    ids=["overruled", "for nobody", "for more rows", "kept", "for all of them"],
)
def test_who_does_what_a_narrower_policy_keeps_him_from(seen, place):
    assert overruled(seen) == place
