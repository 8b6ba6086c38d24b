"""A list of users that alone shows rows by what both name says who belongs there, without a table of that."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CheckConstraint
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

ASKED = (
    "EXISTS ( SELECT 1 FROM rowers r WHERE r.boat = logs.boat AND r.rower = auth.uid() AND r.standing = 'in')"
)
STATE = CheckConstraint("c", ("standing",), "CHECK (standing = ANY (ARRAY['asked', 'in']))")


def members(kind="uuid", using=(ASKED,), unique=(("boat", "rower"),), checks=(), more=()):
    """Return the tables of memberships."""
    listing = relation(
        "public.rowers", column("boat", kind), column("rower"), column("standing", "text"), key=(), using=()
    )
    logs = relation(
        "public.logs", column("id"), column("boat", kind), column("entry", "text"), *more, using=using
    )
    found = catalog(replace(listing, unique=unique, checks=checks), logs)
    return [one.relation for one in infer(found, Isolation(), "auth.users").memberships]


@pytest.mark.parametrize(
    "given",
    [{}, {"checks": (STATE,)}, {"kind": "integer", "checks": (STATE,)}],
    ids=["key", "state", "number"],
)
def test_it_is_one_of_members(given):
    assert members(**given) == ["public.rowers"]


@pytest.mark.parametrize(
    "given",
    [
        {"kind": "integer"},
        {"kind": "text"},
        {"unique": ()},
        {"using": (ASKED, "true")},
        {"using": (ASKED + " OR (skipper = auth.uid())",), "more": (column("skipper"),)},
    ],
    ids=["levels reached", "topics followed", "several times", "shown to all", "shown to others"],
)
def test_else_it_is_none(given):
    assert not members(**given)
