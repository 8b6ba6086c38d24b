"""A column that is given to a function which looks for it in a claim names a tenant, however it looks."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, Function
from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.owners.callers import hints_of
from relations import catalog, column, relation

CLAIM = "auth.jwt() -> 'app_metadata' ->> 'depots'"
LIST = "auth.jwt() -> 'app_metadata' -> 'depots'"


@pytest.mark.parametrize(
    "body",
    [
        f"select n::text = {CLAIM}",
        f"select position(n::text in coalesce({CLAIM}, '')) > 0",
        f"begin return strpos({CLAIM}, n::text) > 0; end",
        f"select {CLAIM} like '%' || n || '%'",
        f"select {CLAIM} ~~ concat('%', n, '%')",
        f"select {LIST} ? n::text",
        f"select {LIST} @> to_jsonb(n)",
        f"select to_jsonb($1) <@ ({LIST})",
    ],
)
def test_it_names_a_tenant(body):
    assert _named(body) is Who.TENANT


@pytest.mark.parametrize(
    "body",
    [
        f"select exists (select from public.vans where n = {CLAIM})",  # a column of its own
        "select auth.jwt() -> 'app_metadata' -> 'roles' ? n::text",  # what somebody may
        f"select {CLAIM} = 'all' and n > 0",
        "select n::text = auth.jwt() ->> 'aal'",
    ],
)
def test_nor_does_it_where_something_else_is_compared(body):
    assert _named(body) is None


def _named(body):
    vans = relation("public.vans", column("id"), column("n", "bigint"))
    trips = relation("public.trips", column("id"), column("depot", "bigint"), using=("public.at(depot)",))
    at = Function(
        schema="public",
        name="public.at",
        signature="public.at(n bigint)",
        kind="function",
        returns="boolean",
        definer=False,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=body,
        defaults=0,
        arguments=(Argument("n", "bigint", "bigint", "b"),),
        callers=(),
    )
    return hints_of(replace(catalog(vans, trips), functions=(at,))).callers.get(("public.trips", "depot"))
