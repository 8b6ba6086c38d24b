"""The values of a row that code compares with."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CheckConstraint, Policy
from pytest_readiness.judges.sql.asked_values import asked_of_new, demanded_switches, values_asked
from relations import column, relation


def asked(kind, text, *, checks=(), name="status", **facts):
    own = column(name, kind, **facts)
    table = relation("public.wallets", column("id"), own)
    held = tuple(CheckConstraint("c", ("status",), one) for one in checks)
    return values_asked(replace(table, checks=held), own, text)


@pytest.mark.parametrize(
    ("kind", "text", "values"),
    [
        ("text", "when ((old.status <> 'archived'::text))", ["archived"]),
        ("text", "if new.status in ('a', 'b') then", ["a", "b"]),
        ("text", "((new.status)::text = ANY (ARRAY['a'::text, 'b'::text]))", ["a", "b"]),
        ("text", "if o ->> 'status' = 'x' then", ["x"]),
        ("text", "if old.status is distinct from 'x' then", ["x"]),
        ("text", "insert into log values ('status')", []),
        ("integer", "if new.status >= 100 then", ["100", "99", "101"]),
        ("numeric(9,2)", "if new.status < 0.01 then", ["0.01", "0", "0.02"]),
        ("boolean", "if old.status then", ["true", "false"]),
        ("boolean", "if old.other then", []),
    ],
)
def test_code_tells_what_it_compares_with(kind, text, values):
    assert asked(kind, text) == values


@pytest.mark.parametrize(("not_null", "values"), [(False, [None]), (True, [])])
def test_a_column_that_may_be_empty_is_emptied_where_that_is_asked(not_null, values):
    text = "when (old.status is not null)"
    assert asked("timestamp with time zone", text, not_null=not_null) == values


def test_the_texts_of_a_check_are_states_where_they_are_few():
    few, many = (
        f"(status = ANY (ARRAY[{', '.join(f'{n!r}' for n in names)}]))" for names in (["a", "b"], "abcdefghi")
    )
    assert asked("text", "", checks=[few]) == ["a", "b"]
    assert asked("text", "", checks=[many]) == []
    assert asked("text", "status", checks=[many]) == [*"abcdefgh"]


@pytest.mark.parametrize(
    ("check", "words"),
    [
        ("((kind = 'print'::text) AND in_lab(lab_id))", ("print",)),
        ("(kind = ANY (ARRAY['print'::text, 'scan'::text]))", ("print", "scan")),
        ("((kind)::text = 'print'::text)", ("print",)),
        ("(kind <> 'print'::text)", ()),
        ("(NOT (kind = 'print'::text))", ()),
        ("(kind = 'it''s'::text)", ("it's",)),
        ("(mankind = 'print'::text)", ()),
        ("(lab_id = 'kind'::text)", ()),
    ],
)
def test_what_policies_ask_a_new_row_to_say(check, words):
    kind = column("kind", "text")
    jobs = relation("public.jobs", column("id"), kind)
    policy = Policy("p", "INSERT", ("public",), permissive=True, using="", check=check)
    assert asked_of_new(replace(jobs, policies=(policy,)), kind) == words
    assert asked_of_new(replace(jobs, policies=(replace(policy, command="UPDATE"),)), kind) == ()


def switches(*policies):
    """Return the switches that are on in rows of a table with policies, each a command and a condition."""
    made = tuple(
        Policy(
            f"p{place}",
            command,
            ("anon",),
            permissive=True,
            using="" if command == "INSERT" else condition,
            check=condition,
        )
        for place, (command, condition) in enumerate(policies)
    )
    table = relation("public.moves", column("id"), column("own", "boolean"), column("open", "boolean"))
    return demanded_switches(replace(table, policies=made))


@pytest.mark.parametrize(
    ("policies", "on"),
    [
        ([("INSERT", "((who = auth.uid()) AND (own = true))")], {"own"}),
        ([("INSERT", "(own AND (open IS TRUE))")], {"own", "open"}),
        ([("INSERT", "(own = true)"), ("UPDATE", "((who = auth.uid()) AND own)")], {"own"}),
        ([("INSERT", "(own = true)"), ("UPDATE", "(who = auth.uid())")], set()),
        ([("INSERT", "((own = true) OR (open = true))")], set()),
        ([("INSERT", "(NOT own)")], set()),
        ([("INSERT", "(own = false)")], set()),
        ([("UPDATE", "(own = true)")], set()),
        ([("SELECT", "(own = true)")], set()),
    ],
)
def test_what_clients_write_has_the_switches_on_that_all_policies_ask_for(policies, on):
    assert switches(*policies) == on
