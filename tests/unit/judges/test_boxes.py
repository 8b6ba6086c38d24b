"""Anybody may put a row in somebody's place if his policy says so and the row says who writes, and no more."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Policy, Privileges
from pytest_readiness.evidence.ownership import Membership, Owners, Ownership
from pytest_readiness.judges.boxes import open_box
from pytest_readiness.judges.texts import Texts
from relations import column, relation

NAME = "public.requests"
OTHER = relation("public.files", column("id"), using=("id in (select lawyer_id from requests)",))


def box(
    *others, check="true", roles=("anon", "authenticated"), insert=("lawyer_id", "from_email", "message")
):
    made = relation(NAME, column("id"), *(column(name, others[0] if others else "text") for name in insert))
    policy = Policy("drop", "INSERT", roles, permissive=True, using="", check=check)
    return replace(made, policies=(policy,), privileges={"anon": Privileges(insert=insert)})


def judged(table, *relations, owned=None, functions=(), **facts):
    catalog = CatalogEvidence((table, *relations), 180001, functions=functions)
    owner = owned or Ownership(users=(table.columns[1].name,))
    return open_box(table, Owners({NAME: owner}, **facts), Texts(catalog), "anon")


def test_a_contact_form_is_a_box():
    assert judged(box()) == "drop"


@pytest.mark.parametrize(
    "table",
    [
        box(roles=("public",)),
        box(roles=("authenticated",)),
        box(check="(lawyer_id IS NOT NULL)"),
        box(insert=("lawyer_id", "message")),
        box(insert=("user_id", "from_email", "message")),
        box(insert=("created_by", "email", "message")),
        box(insert=("lawyer_id", "email", "amount")),
        box(insert=("lawyer_id", "email", "role")),
        box("numeric(10,2)", insert=("lawyer_id", "email", "due")),
        replace(box(), privileges={}),
    ],
    ids=["for all", "for users", "asks", "nobody", "writer", "recorder", "money", "rank", "number", "closed"],
)
def test_what_is_said_less_plainly_is_none(table):
    assert judged(table) == ""


def test_a_row_that_names_two_is_none():
    table = box(insert=("lawyer_id", "firm_id", "from_email"))
    assert judged(table, owned=Ownership(users=("lawyer_id",), tenants=("firm_id",))) == ""


def test_a_row_that_others_ask_for_is_none():
    assert judged(box(), OTHER) == ""


def test_a_row_that_a_function_goes_on_from_is_none():
    body = "insert into files select lawyer_id from requests"
    accept = Function(
        schema="public",
        name="public.accept",
        signature="public.accept()",
        kind="function",
        returns="void",
        definer=True,
        owner="postgres",
        volatility="volatile",
        language="sql",
        config=(),
        body=body,
        defaults=0,
        arguments=(),
        callers=("authenticated",),
    )
    assert judged(box(), replace(OTHER, policies=()), functions=(accept,)) == ""


def test_a_membership_is_none():
    belonging = Membership(NAME, "lawyer_id", "firm_id", "")
    assert judged(box(), memberships=(belonging,)) == ""
