"""A finding names the policy, grant, function or view that let an attempt through, and the statement that mends it."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import ForeignKey, Function, Policy, Privileges, Trigger
from pytest_readiness.judges.isolation.mechanisms import (
    explained,
    has_callers_rights,
    mended,
    of_relation,
    raised_by,
)
from pytest_readiness.target.quoting import identifier
from relations import catalog, column, relation

DOCS = replace(
    relation("public.docs", column("id")),
    policies=(
        Policy("see", "SELECT", ("public",), permissive=True, using="true", check=""),
        Policy("all", "ALL", ("authenticated",), permissive=True, using="true", check=""),
        Policy("staff", "SELECT", ("staff",), permissive=True, using="true", check=""),
        Policy("guard", "SELECT", ("public",), permissive=False, using="false", check=""),
    ),
    privileges={"authenticated": Privileges(others=("truncate",))},
)
VIEW = replace(DOCS, name="public.v", kind="view", policies=(), owner="boss")
KNOWN = replace(catalog(DOCS, VIEW), clients=("anon", "authenticated"))


@pytest.mark.parametrize(
    ("found", "verb", "said"),
    [
        (DOCS, "SELECT", "policies see, all on public.docs"),
        (DOCS, "DELETE", "policy all on public.docs"),
        (replace(DOCS, policies=()), "SELECT", "no policy of public.docs for SELECT stands in the way"),
        (
            replace(DOCS, rls=False),
            "DELETE",
            "row-level security is off on public.docs, and DELETE is granted",
        ),
        (replace(DOCS, owner="anon"), "SELECT", "anon owns public.docs, and policies do not bind owners"),
        (replace(DOCS, owner="anon", forced=True), "DELETE", "policy all on public.docs"),
        (DOCS, "TRUNCATE", "TRUNCATE is granted, and asks no policy"),
        (replace(DOCS, owner="anon"), "TRUNCATE", "anon owns public.docs"),
        (VIEW, "SELECT", "view public.v has the rights of its owner boss"),
        (
            replace(VIEW, options=("security_invoker=on",)),
            "SELECT",
            "view public.v has the rights of its caller",
        ),
    ],
)
def test_what_lets_clients_at_a_relation(found, verb, said):
    assert of_relation(KNOWN, found, verb) == said


@pytest.mark.parametrize(
    ("found", "verb", "statement"),
    [
        (replace(DOCS, rls=False), "SELECT", "alter table public.docs enable row level security;"),
        (VIEW, "SELECT", "alter view public.v set (security_invoker = true);"),
        (VIEW, "DELETE", "revoke insert, update, delete on public.v from "),
        (DOCS, "TRUNCATE", "revoke truncate on public.docs from authenticated;"),
        (DOCS, "SELECT", ""),
        (replace(DOCS, owner="authenticated"), "SELECT", "alter table public.docs force row level security;"),
        (replace(DOCS, owner="authenticated", forced=True), "SELECT", ""),
    ],
)
def test_what_mends_it_where_no_policy_is_to_blame(found, verb, statement):
    assert mended(found, verb).startswith(statement)
    assert bool(mended(found, verb)) == bool(statement)


def harmed(child, subject=DOCS, verb="DELETE"):
    """Return the harm that an attempt on one relation did to another, explained."""
    harm = Harm("bob", "destroyed", child.name, "alice", "it", "select 1")
    known = replace(catalog(subject, child), clients=("authenticated",))
    (assault,) = explained(known, [Assault(subject.name, verb, 1, (harm,))])
    return assault.harms[0]


def test_a_cascade_and_a_trigger_are_named_on_the_way():
    child = relation("public.lines", column("id"), column("doc"))
    cascading = replace(child, foreign_keys=(ForeignKey(("doc",), DOCS.name, ("id",), "CASCADE"),))
    harm = harmed(cascading)
    assert harm.by == "policy all on public.docs; doc of public.lines has ON DELETE CASCADE"
    assert "refuse the delete" in harm.mend
    key = ForeignKey(("doc",), DOCS.name, ("id",), "CASCADE", "SET NULL")
    harm = harmed(replace(child, foreign_keys=(key,)), verb="UPDATE")
    assert harm.by == "policy all on public.docs; doc of public.lines has ON UPDATE SET NULL"
    assert "change its key" in harm.mend
    acting = replace(DOCS, triggers=(Trigger("sum_up", "public.f", "", "O"),))
    harm = harmed(child, acting, "INSERT")
    assert harm.by == "policy all on public.docs; trigger sum_up goes on to public.lines"
    assert "carry the owner's column" in harm.mend


def test_parts_know_of_what_they_are_a_part():
    part = relation("public.docs_1", column("id"), parent="public.docs")
    harm = Harm("bob", "destroyed", part.name, "alice", "it", "select 1")
    (assault,) = explained(catalog(DOCS, part), [Assault(part.name, "DELETE", 1, (harm,))])
    assert assault.part_of == "public.docs"


@pytest.mark.parametrize("table", ["docs", 'We"ird', "Mixed Case", "名前"])
def test_a_view_over_any_name_has_its_callers_rights(table):
    quoted = table if table == "docs" else identifier(table)
    below = replace(relation(f"public.{quoted}", column("id")), table=table)
    asking = replace(
        VIEW, table="v", options=("security_invoker=on",), view=f"select d.id from public.{quoted} d"
    )
    assert has_callers_rights(asking, (), catalog(below, asking))
    assert not has_callers_rights(asking, (), catalog(asking))


RAISING = Trigger("one_each", "public.check_plate", "begin raise exception 'no'; end", "O", ("INSERT",))
CHECKED = replace(DOCS, triggers=(RAISING,))


@pytest.mark.parametrize(
    ("changes", "verb", "state", "said"),
    [
        ({}, "INSERT", "P0001", "trigger one_each on public.docs raises it, in public.check_plate"),
        (
            {"body": "begin raise exception 'no' using errcode = '22023'; end"},
            *("INSERT", "22023", "trigger one_each on public.docs raises it, in public.check_plate"),
        ),
        ({}, "INSERT", "22P02", ""),
        ({}, "INSERT", "23505", ""),
        ({"body": "begin raise notice 'we raise it'; return new; end"}, "INSERT", "P0001", ""),
        ({"body": "begin -- raise nothing\n return new; end"}, "INSERT", "P0001", ""),
        ({}, "UPDATE", "P0001", ""),
        ({"enabled": "D"}, "INSERT", "P0001", ""),
        ({"body": "begin return new; end"}, "INSERT", "P0001", ""),
    ],
)
def test_a_refusal_is_the_triggers_that_raises_it(changes, verb, state, said):
    known = replace(CHECKED, triggers=(replace(RAISING, **changes),))
    assert raised_by(KNOWN, known, verb, state) == said


def test_a_trigger_that_sees_more_than_its_caller_is_told_so():
    function = Function(
        *("public", "public.check_plate", "public.check_plate()", "function", "trigger", True, "boss"),
        *("volatile", "plpgsql", (), "", 0, (), ()),
    )
    known = replace(KNOWN, functions=(function,))
    assert raised_by(known, CHECKED, "INSERT", "P0001").endswith(
        ", with the rights of boss (SECURITY DEFINER)"
    )


@pytest.mark.parametrize(
    ("sql", "options", "told"),
    [
        ("insert into public.v (id) values (1) on conflict (id) do update set id = 2;", (), True),
        ("insert into public.v (id) values (1);", (), False),
        (
            "insert into public.v (id) values (1) on conflict (id) do nothing;",
            ("security_invoker=on",),
            False,
        ),
    ],
)
def test_an_upsert_through_a_view_is_told_by_what_it_meets(sql, options, told):
    known = replace(KNOWN, relations=(DOCS, replace(VIEW, options=options)))
    harm = Harm("bob", "taken", "public.docs", "alice", "id from 1 to 2", sql)
    (found,) = explained(known, [Assault("public.v", "INSERT", 1, (harm,))])
    assert ("ON CONFLICT meets rows" in found.harms[0].by) is told
