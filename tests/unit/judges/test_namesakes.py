"""What tells rows of one owner apart, and what repeats it where no key says so."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, ForeignKey, Function, Trigger
from pytest_readiness.evidence.ownership import Owners, Ownership
from pytest_readiness.judges.owners.namesakes import (
    are_told_by_tenant,
    named_elsewhere,
    told_apart_within,
    told_apart_within_tenants,
)
from relations import catalog, column, relation

ORDERS = replace(
    relation(
        "public.orders", column("id"), column("org"), column("number", "integer"), column("slip", "text")
    ),
    unique=(("id",), ("org", "number")),
)
LINES = relation(
    "public.lines", column("id"), column("org"), column("order_no", "integer"), column("what", "text")
)
OWNERS = Owners(
    owned={"public.orders": Ownership(tenants=("org",)), "public.lines": Ownership(tenants=("org",))}
)
OF_USERS = Owners(owned={name: Ownership(users=("org",)) for name in OWNERS.owned})
REPEATED = {"public.lines": {"order_no": ("public.orders", "number")}}


def function(name, *arguments, body):
    return Function(
        schema="public",
        name=name,
        signature=f"{name}()",
        kind="function",
        returns="void",
        definer=True,
        owner="postgres",
        volatility="volatile",
        language="plpgsql",
        config=(),
        body=body,
        defaults=0,
        arguments=tuple(Argument(one, "integer", "integer", "b") for one in arguments),
        callers=("authenticated",),
    )


@pytest.mark.parametrize(
    ("unique", "within", "of_tenants"),
    [
        ([("org", "number")], {"number"}, set()),
        ([("org", "number", "slip")], {"number", "slip"}, set()),
        ([("number",)], set(), set()),
        ([("org", "number"), ("number",)], set(), set()),
        ([("org",)], set(), set()),
    ],
)
def test_what_tells_rows_of_one_owner_apart(unique, within, of_tenants):
    orders = replace(ORDERS, unique=(("id",), *unique))
    assert told_apart_within(orders, OWNERS) == within
    assert told_apart_within_tenants(orders, OWNERS) == within
    assert told_apart_within(orders, OF_USERS) == within
    assert told_apart_within_tenants(orders, OF_USERS) == of_tenants


def test_a_parent_that_is_owned_tells_rows_apart_as_a_tenant_does():
    items = replace(
        relation(
            "public.items", column("list"), column("place", "integer"), references={"list": "public.orders"}
        ),
        unique=(("list", "place"),),
    )
    assert told_apart_within_tenants(items, OWNERS) == {"place"}
    assert not told_apart_within(items, Owners())


def acting(*, on=ORDERS, of=OWNERS, lines=LINES, body="", called=()):
    """Return what repeats what, where a trigger has a body."""
    known = (replace(on, triggers=(Trigger("t", "public.t", body, "O"),)) if body else on, lines)
    return named_elsewhere(replace(catalog(*known), functions=tuple(called)), of)


@pytest.mark.parametrize(
    "body",
    [
        "delete from public.lines where order_no = old.number",
        "delete from public.lines l where NEW.number = l.order_no",
        "delete from lines where order_no in (select number from gone)",
        "delete from lines l using gone g where l.order_no = g.number",
        "select o.number into n from public.orders o; delete from lines where order_no = n; perform 1 where n = o.number",
    ],
    ids=["of the old row", "of the new row", "of rows that were changed", "of such a table", "of a variable"],
)
def test_what_a_trigger_compares_is_repeated(body):
    assert acting(body=body) == REPEATED


def test_a_rule_acts_too_and_a_trigger_that_is_off_does_not():
    body = "delete from public.lines where order_no = old.number"
    rule = replace(ORDERS, rules=(f"CREATE RULE gone AS ON DELETE TO public.orders DO ALSO {body}",))
    assert acting(on=rule) == REPEATED
    off = replace(ORDERS, triggers=(Trigger("t", "public.t", body, "D"),))
    assert acting(on=off) == {}


@pytest.mark.parametrize(
    "body",
    [
        "delete from public.lines c using public.orders o where o.id = asked and c.order_no = o.number",
        "select * into o from public.orders where id = asked; delete from public.lines where order_no = o.number",
        "perform 1 from public.orders o where o.number = asked; delete from lines l where l.order_no = asked",
    ],
    ids=["both", "a row in a variable", "an argument"],
)
def test_what_a_function_compares_is_repeated(body):
    assert acting(called=[function("public.cancel", "asked", body=body)]) == REPEATED


def test_what_a_trigger_passes_on_is_compared_where_it_comes_to():
    """Only the argument that is compared, and only of what the trigger calls."""
    body = "delete from public.lines where order_no = wanted"
    drop = function("public.drop_lines", "other", "wanted", body=body)
    passed = "perform public.drop_lines(old.id, old.number::int)"
    assert acting(body=passed, called=[drop]) == REPEATED
    assert acting(body="perform public.drop_lines(old.number, old.id)", called=[drop]) == {}
    assert acting(body="perform public.drop_lines(1, 2)", called=[drop]) == {}


def test_case_and_blanks_are_not_looked_at():
    orders = replace(ORDERS, unique=(("id",), ("org", "slip")))
    body = "delete from public.lines where lower(trim(what)) = lower(old.slip)"
    assert acting(on=orders, body=body) == {"public.lines": {"what": ("public.orders", "slip")}}


@pytest.mark.parametrize(
    "lines",
    [
        replace(LINES, unique=(("order_no",),)),
        relation(
            "public.lines", column("id"), column("order_no", "integer"), references={"order_no": "public.x"}
        ),
        relation("public.lines", column("id"), column("order_no", "text")),
        relation("public.lines", column("id"), replace(column("order_no", "integer"), writable=False)),
    ],
    ids=["a key", "a reference", "of another type", "computed"],
)
def test_what_has_a_value_of_its_own_repeats_none(lines):
    assert acting(lines=lines, body="delete from public.lines where order_no = old.number") == {}


def test_what_is_nobodys_or_names_an_owner_repeats_none():
    body = "delete from public.lines where order_no = old.number"
    assert acting(of=Owners(owned={"public.orders": Ownership(tenants=("org",))}), body=body) == {}
    named = Ownership(tenants=("org",), users=("order_no",))
    assert acting(of=Owners(owned=OWNERS.owned | {"public.lines": named}), body=body) == {}


def test_words_beside_columns_are_no_names():
    """That two columns are compared with true tells nothing of either."""
    body = "select 1 from public.orders o, public.lines l where o.number = 1 and l.order_no = 1"
    assert acting(called=[function("public.f", body=body)]) == {}


def test_a_new_row_of_a_users_repeats_no_text_of_another_users():
    """Who reports a city means all who asked to be told of it; what goes with his own is another thing."""
    said = "update public.orders set slip = 'x' where number = new.order_no"
    lines = replace(LINES, triggers=(Trigger("t", "public.t", said, "O"),))
    assert acting(lines=lines) == REPEATED
    assert acting(lines=lines, of=OF_USERS) == {}
    assert acting(of=OF_USERS, body="delete from public.lines where order_no = old.number") == REPEATED


def test_of_two_numbers_one_repeats_the_other():
    """Those that are called alike have the same already."""
    lines = replace(LINES, unique=(("org", "order_no"),))
    found = acting(lines=lines, body="delete from public.lines where order_no = old.number")
    assert found == {"public.orders": {"number": ("public.lines", "order_no")}}
    alike = replace(
        relation("public.lines", column("id"), column("org"), column("number", "integer")),
        unique=(("org", "number"),),
    )
    assert acting(lines=alike, body="delete from public.lines l where l.number = old.number") == {}


def told(*columns, key=("org", "number"), refers=("org", "number")):
    """Return whether the people of a list, whose columns these are, are told apart by their tenants alone."""
    listed = relation("public.people", column("org", "text"), *columns, key=key)
    people = replace(listed, unique=(key,))
    lent = relation("public.loans", column("org", "text"), column("number", "integer"))
    loans = replace(lent, foreign_keys=(ForeignKey(refers, "public.people", refers),))
    owned = {"public.people": Ownership(users=("number",), tenants=("org",))}
    return are_told_by_tenant(catalog(people, loans), Owners(owned))


NUMBER, NAME = column("number", "integer"), column("name", "text")


def test_a_list_whose_key_is_tenant_and_number_has_the_same_number_twice():
    assert told(NUMBER, NAME)


@pytest.mark.parametrize(
    ("columns", "given"),
    [
        ((column("number"), NAME), {}),
        ((NUMBER, NAME), {"key": ("number",)}),
        ((NUMBER, NAME), {"refers": ("number",)}),
        ((NUMBER,), {}),
        ((NUMBER, column("role", "text")), {}),
    ],
    ids=["a key of all", "a key alone", "named alone", "says nothing", "a rank alone"],
)
def test_whoever_has_a_key_of_his_own_everywhere_has_no_namesake(columns, given):
    assert not told(*columns, **given)
