"""Functions ask a list of members before they go on, whatever it is called: it decides like one of a policy."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, Function
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

USERS = "auth.users"


def asking(name, body, returns, *, definer):
    return Function(
        "public",
        f"public.{name}",
        f"public.{name}(ship uuid)",
        "function",
        returns,
        definer=definer,
        owner="postgres",
        volatility="stable",
        language="plpgsql",
        config=(),
        body=body,
        defaults=0,
        arguments=(Argument("ship", "uuid", "uuid", "b"),),
        callers=("authenticated",),
    )


LOOKS = "exists (select 1 from crew c where c.thing_id = ship and c.user_id = auth.uid())"
LISTS = "select l.id from logs l where l.vessel_id = ship"
SAID = {
    "a refusal": (f"begin if not {LOOKS} then raise 'no'; end if; return query {LISTS}; end", True),
    "an empty answer": (f"begin if not {LOOKS} then return; end if; return query {LISTS}; end", True),
    "a look, then a refusal": (
        (
            f"begin perform 1 from crew c where c.user_id = auth.uid() and ship = c.thing_id; "
            f"if not found then raise 'no'; end if; return query {LISTS}; end"
        ),
        True,
    ),
    "a variable": (
        (
            f"declare mine text; n int; begin select c.user_id into mine from crew c where c.thing_id = ship and "
            f"c.user_id = auth.uid(); n := 1; if mine is null then raise 'no'; end if; return query {LISTS}; end"
        ),
        True,
    ),
    "a variable that is made as it is declared": (
        (
            f"declare mine text := (select c.user_id from crew c where c.thing_id = ship and "
            f"c.user_id = auth.uid()); begin if mine <> 'x' then raise 'no'; end if; return query {LISTS}; end"
        ),
        True,
    ),
    "a condition": (f"{LISTS} and {LOOKS}", True),
    "a helper": (
        f"begin if not public.aboard(ship) then raise 'no'; end if; return query {LISTS}; end",
        True,
    ),
    "a helper that refuses": (f"begin perform public.stay_ashore(ship); return query {LISTS}; end", True),
    "a query that is built": (
        (
            f"begin if not {LOOKS} then raise 'no'; end if; "
            "return query execute 'select l.id from logs l where l.vessel_id = $2' using 1, ship; end"
        ),
        True,
    ),
    "a mark beside all": (f"begin liked := {LOOKS}; return query {LISTS}; end", False),
    "a refusal to who is there": (
        f"begin if {LOOKS} then raise 'again'; end if; return query {LISTS}; end",
        False,
    ),
    "another argument": (
        f"begin if not {LOOKS} then raise 'no'; end if; return query {LISTS.replace('ship', 'other')}; end",
        False,
    ),
}


@pytest.mark.parametrize("way", SAID)
@pytest.mark.parametrize("definer", [True, False])
def test_a_link_that_functions_ask_before_they_go_on_is_a_membership(way, definer):
    body, lets_in = SAID[way]
    tables = [
        relation(
            "public.crew",
            column("user_id"),
            column("thing_id"),
            references={"user_id": USERS, "thing_id": "public.vessels"},
            key=("user_id", "thing_id"),
        ),
        relation("public.vessels", column("id")),
        relation(
            "public.logs", column("id"), column("vessel_id"), references={"vessel_id": "public.vessels"}
        ),
    ]
    functions = [
        asking("logs_of", body, "uuid", definer=definer),
        asking("aboard", f"select {LOOKS}", "boolean", definer=True),
        asking("stay_ashore", f"begin if not {LOOKS} then raise 'no'; end if; end", "void", definer=True),
    ]
    known = replace(catalog(*tables), functions=tuple(functions))
    found = infer(known, Isolation(), USERS).memberships
    assert [one.relation for one in found] == (["public.crew"] if lets_in and definer else [])
