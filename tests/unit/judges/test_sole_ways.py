"""What only functions show belongs to whom their list says; what one follows is no such list."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function, Policy, Privileges
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

USERS = "auth.users"
SAID = (
    "select b.* from public.birds b where b.aviary in "
    "(select k.aviary from public.keepers k where k.keeper = auth.uid())"
)
BUILT = f"begin return query execute '{SAID} and b.name like ''' || said || ''''; end"
ALL = Policy("all", "ALL", ("authenticated",), permissive=True, using="true", check="true")


def owned_birds(body=SAID, name="aviary", kind="integer", *, definer=True, shown=False, joined=False):
    held = {"authenticated": Privileges(("ring",), (), (), ())}
    written = {"authenticated": Privileges((), ("keeper", name), (), ())}
    keepers = relation("public.keepers", column("keeper", "uuid"), column(name, kind), key=("keeper", name))
    keepers = replace(keepers, unique=(keepers.primary_key,))
    birds = relation("public.birds", column("ring", "uuid"), column(name, kind), key=("ring",))
    if shown:
        birds = replace(birds, rls=True, policies=(ALL,), privileges=held)
    if joined:
        keepers = replace(keepers, rls=True, policies=(ALL,), privileges=written)
    function = Function(
        "public",
        "public.find",
        "public.find()",
        "function",
        "public.birds",
        definer=definer,
        owner="postgres",
        volatility="stable",
        language="sql",
        config=(),
        body=body.replace("aviary", name),
        defaults=0,
        arguments=(),
        callers=("authenticated",),
    )
    known = replace(catalog(keepers, birds), functions=(function,))
    found = infer(known, Isolation(), USERS).owned.get("public.birds")
    return found.tenants if found else ()


@pytest.mark.parametrize("body", [SAID, BUILT])
def test_what_only_a_function_shows_belongs_where_its_list_says(body):
    assert owned_birds(body) == ("aviary",)


@pytest.mark.parametrize(
    "other",
    [
        {"definer": False},
        {"shown": True},
        {"joined": True},
        {"name": "level"},
        {"name": "words", "kind": "text"},
        {"body": "select b.* from public.birds b where b.aviary = 3"},
    ],
)
def test_what_clients_read_or_join_or_may_as_what_they_are_says_nothing(other):
    assert owned_birds(**other) == ()
