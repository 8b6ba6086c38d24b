"""Changes are computed from the catalog alone, the lightest first."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Argument, Function, Policy, Privileges, Role
from pytest_readiness.fixes.candidates import candidates
from pytest_readiness.fixes.predicates import conditions
from pytest_readiness.fixes.system import System
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation, Session
from relations import catalog, column, relation

USERS = "auth.users"
ALL = Privileges(("id", "user_id"), ("id", "user_id"), ("id", "user_id"), ("delete", "truncate"))
NOTES = replace(
    relation("public.notes", column("id"), column("user_id"), references={"user_id": USERS}),
    privileges={"authenticated": ALL},
)


def system(*relations, functions=(), roles=(), users=USERS, session=None, isolation=None, **given):
    clients = ("anon", "authenticated") if users else ("app",)
    found = replace(catalog(*relations), clients=clients, functions=functions, roles=roles)
    owners = infer(found, isolation or Isolation(), users)
    return System(found, owners, users, "postgres", "service_role" if users else "", session, **given)


def sql(check, subject, *relations, **given):
    return [change.sql for change in candidates(check, subject, system(*relations, **given))]


def policy(command="SELECT", using="true", check="", name="p"):
    return Policy(name, command, ("public",), permissive=True, using=using, check=check)


def test_what_is_off_is_switched_on_before_anything_is_written():
    first = sql("ISO001", "public.notes", replace(NOTES, rls=False, policies=(policy(using="user_id = x"),)))[
        0
    ]
    assert first == "alter table public.notes enable row level security;\n"


def test_a_condition_that_names_no_row_is_replaced_and_another_is_kept():
    (first, *_) = sql("ISO001", "public.notes", replace(NOTES, policies=(policy(),)))
    assert first == 'alter policy "p" on public.notes using (user_id = (select auth.uid()));\n'
    (first, *_) = sql("ISO001", "public.notes", replace(NOTES, policies=(policy(using="(id IS NOT NULL)"),)))
    assert (
        first
        == 'alter policy "p" on public.notes using (id IS NOT NULL and user_id = (select auth.uid()));\n'
    )


def test_a_condition_with_or_in_it_keeps_its_parentheses():
    found = sql("ISO001", "public.notes", replace(NOTES, policies=(policy(using="(a OR b)"),)))
    assert 'alter policy "p" on public.notes using ((a OR b) and user_id = (select auth.uid()));\n' in found


def test_an_alternative_is_left_out_before_anything_is_added():
    text = "((user_id = auth.uid()) OR (id IS NULL) OR (x = 'a OR b'::text))"
    found = sql("ISO001", "public.notes", replace(NOTES, policies=(policy(using=text),)))
    assert found[:3] == [
        "alter policy \"p\" on public.notes using (user_id = auth.uid() or (x = 'a OR b'::text));\n",
        'alter policy "p" on public.notes using (user_id = auth.uid() or id IS NULL);\n',
        "alter policy \"p\" on public.notes using (id IS NULL or (x = 'a OR b'::text));\n",
    ]


def test_whose_the_rows_are_that_a_policy_speaks_of_may_read_as_before():
    accounts = relation("public.accounts", column("id"), column("user_id"), references={"user_id": USERS})
    moves = relation(
        "public.moves",
        column("id"),
        column("user_id"),
        column("account_id"),
        references={"user_id": USERS, "account_id": "public.accounts"},
        using=["(user_id = x) AND (account_id = y)"],
    )
    found = sql("ISO001", "public.moves", accounts, moves)
    wide = "user_id = (select auth.uid()) or exists (select from public.accounts p where p.id = public.moves.account_id and p.user_id = (select auth.uid()))"
    assert f'alter policy "p0" on public.moves using ({wide});\n' in found


def test_a_policy_of_the_backend_is_left_to_the_backend():
    (first, *_) = sql("ISO001", "public.notes", replace(NOTES, policies=(policy(name="service reads"),)))
    assert first == 'alter policy "service reads" on public.notes to "service_role";\n'


def test_lighter_changes_come_first_and_none_comes_twice():
    both = replace(NOTES, policies=(policy(), policy(name="q")))
    found = candidates("ISO001", "public.notes", system(both))
    assert [change.weight for change in found] == sorted(change.weight for change in found)
    assert len({change.statements for change in found}) == len(found)


@pytest.mark.parametrize("check", ["ISO007", "ISO011", "ISO012", "MIG001", "PAY001"])
def test_what_is_not_mechanical_has_no_changes(check):
    assert sql(check, "public.notes", NOTES) == []


def test_a_subject_that_is_nowhere_has_no_changes():
    assert sql("ISO001", "public.gone", NOTES) == []
    assert sql("ISO009", "gone", NOTES) == []


def test_quoted_names_stay_names():
    odd = replace(NOTES, policies=(policy(name='a"; drop table b; --'),))
    (first, *_) = sql("ISO001", "public.notes", odd)
    assert first.startswith('alter policy "a""; drop table b; --" on public.notes')


def test_a_text_key_is_compared_as_text_and_a_number_with_nothing_but_what_leads_to_a_user():
    text = relation("public.t", column("id"), column("owner_id", "text"))
    assert conditions(text, system(text)) == ("owner_id = (select auth.uid())::text",)
    number = relation("public.t", column("id"), column("owner_id", "bigint"))
    assert conditions(number, system(number)) == ()


def test_outside_the_platform_the_setting_of_the_session_says_who_calls():
    session = Session("app", "select set_config('app.me', %(user)s, true)")
    plain = replace(NOTES, foreign_keys=())
    found = conditions(plain, system(plain, users="", session=session))
    assert found == ("user_id = (select nullif(current_setting('app.me', true), ''))::uuid",)


def test_what_other_policies_ask_of_a_column_is_asked_here_too():
    said = "(org_id = (((auth.jwt() -> 'app_metadata'::text) ->> 'org_id'::text))::uuid)"
    one = relation("public.orders", column("id"), column("org_id"), using=[said])
    other = relation("public.bills", column("id"), column("org_id"), using=["true"])
    assert conditions(other, system(one, other))[0] == said[1:-1]


def test_what_a_user_may_write_into_his_token_is_never_asked():
    said = "(org_id = (((auth.jwt() -> 'user_metadata'::text) ->> 'org_id'::text))::uuid)"
    one = relation("public.orders", column("id"), column("org_id"), using=[said])
    assert not any("user_metadata" in text for text in conditions(one, system(one)))


FUNCTION = Function(
    schema="public",
    name="public.f",
    signature="public.f(a uuid)",
    kind="function",
    returns="text",
    definer=True,
    owner="postgres",
    volatility="s",
    language="sql",
    config=('search_path=""',),
    body="select 1",
    defaults=0,
    arguments=(Argument("a", "uuid", "uuid", "b"),),
    callers=("anon", "authenticated"),
)


def test_a_function_loses_its_callers_last_and_says_so():
    found = candidates("ISO005", "public.f(a uuid)", system(NOTES, functions=(FUNCTION,)))
    assert "security invoker" in "".join(change.sql for change in found[:2])
    assert found[-1].gives_up == {"public.f(a uuid)"}
    assert 'from public, "anon", "authenticated"' in found[-1].sql
    assert 'to "service_role"' in found[-1].sql


def test_a_function_that_is_meant_for_clients_gives_nothing_up():
    known = system(NOTES, functions=(FUNCTION,), called={"public.f(a uuid)": "app.ts names it"})
    assert not any(change.gives_up for change in candidates("ISO005", "public.f(a uuid)", known))


def test_a_role_is_kept_from_bypassing_and_from_becoming_another():
    bypassing = Role("r", True, False, True, False, (), ())  # noqa: FBT003  as the catalog gives them
    between = Role("anon", False, False, False, False, (), ("mid",))  # noqa: FBT003  the same
    mid = Role("mid", False, False, False, False, (), ("boss",))  # noqa: FBT003  the same
    roles = (bypassing, between, mid)
    assert sql("ISO009", "r", NOTES, roles=roles) == ['alter role "r" nobypassrls;\n']
    assert sql("ISO009", "anon as boss", NOTES, roles=roles) == ['revoke "boss" from "mid";\n']
    assert all(change.cluster for change in candidates("ISO009", "r", system(NOTES, roles=roles)))
