"""Who may write to a table, and who is to try."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import Write
from pytest_readiness.evidence.catalog import Function, Policy, Privileges, Trigger
from pytest_readiness.judges.audit.authors import OWNER_NAME, Author, authors, by_whom, may_write
from relations import catalog, column, relation

BILLS = replace(
    relation("public.bills", column("id")), privileges={"member": Privileges(select=("id",), update=("id",))}
)


def policy(command, role, *, permissive=True):
    return Policy("p", command, (role,), permissive=permissive, using="true", check="")


@pytest.mark.parametrize(
    ("rls", "policies", "may"),
    [
        (True, (policy("SELECT", "member"),), False),
        (True, (policy("UPDATE", "member", permissive=False),), False),
        (True, (policy("UPDATE", "staff"),), False),
        (True, (policy("UPDATE", "member"),), True),
        (True, (policy("ALL", "public"),), True),
        (False, (), True),
    ],
)
def test_a_right_is_held_in_vain_where_no_policy_lets_anybody_change_a_row(rls, policies, may):
    assert may_write(replace(BILLS, rls=rls, policies=policies), "member", ()) is may


def test_without_the_right_policies_let_nobody():
    assert not may_write(replace(BILLS, privileges={}, policies=(policy("ALL", "public"),)), "member", ())


def test_policies_of_roles_above_let_in_and_rights_are_those_of_the_role_itself():
    bills = replace(BILLS, rls=True, policies=(policy("ALL", "staff"),))
    assert may_write(bills, "member", ("staff",))
    assert not may_write(bills, "clerk", ("member", "staff"))


WRITING = Function(
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
    body="",
    defaults=0,
    arguments=(),
    callers=("member",),
)
NONE, ALL = Privileges(), Privileges(insert=("id",), update=("id", "note"), others=("delete", "truncate"))
NOTE = Privileges(update=("note",))
UPDATES = Trigger("t", "public.f", "", "O", ("UPDATE", "TRUNCATE"))
NOTED = "begin update public.bills set note = p where id = q; end"


def who(verb, column="", *, backend=NONE, member=NONE, bodies=(), triggers=(), policies=()):
    bills = replace(
        BILLS, rls=bool(policies), policies=policies, privileges={"member": member}, triggers=triggers
    )
    functions = tuple(replace(WRITING, body=body) for body in bodies)
    evidence = replace(catalog(bills), clients=("member",), functions=functions)
    return authors(evidence, bills, backend, "member", verb, column)


def test_whoever_holds_a_right_tries_first_and_the_owner_last():
    assert who("DELETE", backend=ALL) == (Author.BACKEND,)
    assert who("DELETE", backend=ALL, member=ALL) == (Author.BACKEND, Author.USER, Author.OWNER)
    assert who("UPDATE", "note", member=NOTE) == (Author.USER, Author.OWNER)


def test_what_nobody_may_do_is_left_to_the_refusal_of_the_backend():
    assert who("DELETE", member=NOTE, triggers=(UPDATES,)) == (Author.BACKEND,)
    assert who("UPDATE", "id", member=NOTE, triggers=(UPDATES,)) == (Author.BACKEND,)
    assert who("DELETE", member=ALL, policies=(policy("UPDATE", "member"),)) == (Author.BACKEND,)


def test_functions_write_as_the_owner_what_they_name():
    assert who("UPDATE", "note", bodies=[NOTED]) == (Author.OWNER,)
    assert who("UPDATE", "cents", bodies=[NOTED]) == (Author.BACKEND,)
    assert who("DELETE", bodies=[NOTED], triggers=(UPDATES,)) == (Author.BACKEND,)
    assert who(
        "UPDATE", "note", bodies=["merge into bills using s on true when matched then update set note = 1"]
    )
    assert who(
        "UPDATE", "note", bodies=["insert into bills (id) values (1) on conflict do update set note = 1"]
    )


def test_a_table_that_nobody_writes_to_is_written_to_as_its_triggers_wait_for():
    assert who("UPDATE", "note", triggers=(UPDATES,)) == (Author.OWNER,)
    assert who("INSERT", triggers=(UPDATES,)) == (Author.BACKEND,)
    assert who("TRUNCATE", triggers=(UPDATES,)) == (Author.BACKEND,)


def write(verb, actor, column=""):
    return Write(verb, column, actor, None, None, ())


def test_it_is_told_what_the_owner_alone_could_write():
    assert by_whom([write("INSERT", "alice")]) == ""
    assert by_whom([write("INSERT", "alice"), write("INSERT", OWNER_NAME)]) == ""
    assert by_whom([write("UPDATE", OWNER_NAME, "note")]).endswith("here: UPDATE of note")
