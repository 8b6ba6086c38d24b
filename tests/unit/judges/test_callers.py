"""Whom a column names that is compared with what a token says: a tenant, or nobody where it says what one may."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.owners.callers import hints_of
from relations import catalog, column, relation

CLAIMS = {"account_id": True, "plant_id": True, "headcount": False, "plan": False, "kitchen_role": False}


@pytest.mark.parametrize("claim", CLAIMS)
@pytest.mark.parametrize("behind", [False, True], ids=["at once", "behind a function"])
def test_what_a_claim_is_called_says_whether_it_names_a_tenant(claim, behind):
    read = f"(auth.jwt() -> 'app_metadata' ->> '{claim}'::text)"
    using = "(shelf = public.mine())" if behind else f"(shelf = {read})"
    known = catalog(relation("public.things", column("id"), column("shelf", "text"), using=(using,)))
    function = Function(
        schema="public",
        name="public.mine",
        signature="public.mine()",
        kind="function",
        returns="text",
        definer=False,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=f"select {read}",
        defaults=0,
        arguments=(),
        callers=(),
    )
    found = hints_of(replace(known, functions=(function,) if behind else ()))
    assert (found.callers.get(("public.things", "shelf")) is Who.TENANT) is CLAIMS[claim]


def test_an_alias_that_two_subqueries_have_is_the_one_around_it():
    using = (
        "(EXISTS ( SELECT 1 FROM (posts p JOIN crew c ON ((c.id = p.of))) WHERE (p.id = thing_id))) OR "
        "(EXISTS ( SELECT 1 FROM profiles p WHERE ((p.id = auth.uid()) AND p.admin)))"
    )
    tables = (
        relation(f"public.{name}", column("id"), column("of"), column("admin", "boolean"))
        for name in ("posts", "profiles", "crew")
    )
    found = hints_of(catalog(*tables, relation("public.things", column("thing_id"), using=(using,))))
    assert found.callers == {("public.profiles", "id"): Who.USER}
    assert (("public.things", "thing_id"), ("public.posts", "id")) in found.pairs
    assert (("public.things", "thing_id"), ("public.profiles", "id")) not in found.pairs


def test_two_subqueries_may_call_different_relations_alike():
    using = "(of IN ( SELECT x.id FROM cups x)) OR (of IN ( SELECT x.id FROM bowls x))"
    others = (relation(f"public.{name}", column("id")) for name in ("cups", "bowls"))
    found = hints_of(catalog(*others, relation("public.things", column("of"), using=(using,))))
    named = {other for one, other in found.pairs if one == ("public.things", "of")}
    assert named == {("public.cups", "id"), ("public.bowls", "id")}
