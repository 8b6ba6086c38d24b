"""A column that is read into a variable is compared where the variable is."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Function
from pytest_readiness.judges.owners.callers import hints_of
from relations import catalog, column, relation

BODIES = {
    "select into": "begin select lower(p.mail) into v from profiles p where p.id = auth.uid(); "
    "update calls set taken = true where lower(address) = v; end",
    "declared": "declare v text := (select p.mail from profiles p where p.id = auth.uid()); "
    "begin perform from calls c where c.address = trim(v); end",
    "set": "begin v := (select p.mail from profiles p where p.id = auth.uid()); "
    "return exists (select from calls c where v = c.address); end",
    "another variable": "begin select p.mail into v from profiles p where p.id = auth.uid(); "
    "update calls set taken = true where address = w; end",
    "no variable": "begin perform p.mail from profiles p; update calls set taken = true where address = mail; end",
}
PAIR = (("public.calls", "address"), ("public.profiles", "mail"))


@pytest.mark.parametrize("how", BODIES)
def test_what_a_variable_holds_is_compared_where_it_is(how):
    relations = (
        relation("public.profiles", column("id"), column("mail", "text")),
        relation("public.calls", column("id"), column("address", "text"), column("taken", "boolean")),
    )
    found = hints_of(replace(catalog(*relations), functions=(_function(BODIES[how]),)))
    assert (PAIR in found.carried) is (how not in {"another variable", "no variable"})


def _function(body):
    return Function(
        schema="public",
        name="public.f",
        signature="public.f()",
        kind="function",
        returns="void",
        definer=True,
        owner="postgres",
        volatility="volatile",
        language="plpgsql",
        config=(),
        body=body,
        defaults=0,
        arguments=(),
        callers=(),
    )
