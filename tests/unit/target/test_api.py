"""Whose role users of an API have is told from grants and policies, or left to people."""

from dataclasses import replace

import pytest

from pytest_readiness.settings import Session
from pytest_readiness.target.api import Held, Lent, Own, api_of, callers_asked, told
from pytest_readiness.target.profiles import POSTGREST

NOBODY = Held(user=False, usual=False, others=False)
USUAL = Held(user=True, usual=True, others=False)
SIGNED_OUT = Held(user=False, usual=True, others=False)


@pytest.mark.parametrize(
    ("held", "lent", "user"),
    [
        (USUAL, (), "authenticated"),
        (USUAL, (Lent("teacher", asks=True),), "authenticated"),
        (NOBODY, (), "authenticated"),
        (SIGNED_OUT, (), "authenticated"),
        (SIGNED_OUT, (Lent("webuser", asks=True),), "webuser"),
        (NOBODY, (Lent("webuser", asks=True),), "webuser"),
        (NOBODY, (Lent("webuser", asked=True),), "webuser"),
        (NOBODY, (Lent("student", asks=True), Lent("teacher")), "student"),
        (NOBODY, (Lent("student", asks=True), Lent("teacher", asked=True)), "student"),
        (NOBODY, (Lent("student", asks=True), Lent("teacher", asks=True)), None),
        (NOBODY, (Lent("student", asked=True), Lent("teacher", asked=True)), None),
        (SIGNED_OUT, (Lent("student", asks=True), Lent("teacher", asks=True)), None),
        (NOBODY, (Lent("webuser"),), None),
        (Held(user=False, usual=False, others=True), (), None),
    ],
)  # fmt: skip
def test_the_role_of_users(held, lent, user):
    found = api_of(held, lent)
    assert (found.user if found else None) == user
    assert found is None or found.user in found.clients
    assert found is None or {*POSTGREST.clients} <= {*found.clients}


OTHERS = Held(user=False, usual=False, others=True)
LOOKUPS = Held(user=False, usual=True, others=True)
VISITORS = Held(user=False, usual=True, others=True, visitors=True)
API = Own("api", login="api", asks=True, named=True, ruled=True)
KEEPER = Own("keeper", login="keeper", owns=True)
PLAIN = "nothing tells"


@pytest.mark.parametrize(
    ("held", "lent", "own", "user"),
    [
        (OTHERS, (), (API,), "api"),
        (LOOKUPS, (), (API,), "api"),
        (OTHERS, (), (API, replace(API, name="jobs")), PLAIN),
        (OTHERS, (), (API, replace(API, name="keeper", owns=True)), "api"),
        (OTHERS, (), (replace(API, asks=False, named=False, asked=True), KEEPER), "api"),
        (NOBODY, (), (replace(API, owns=True),), "api"),
        (NOBODY, (), (replace(API, owns=True, login=""),), "authenticated"),
        (NOBODY, (), (replace(KEEPER, asked=True, ruled=True),), "keeper"),
        (NOBODY, (), (replace(KEEPER, ruled=True),), PLAIN),
        (NOBODY, (), (KEEPER,), "authenticated"),
        (replace(NOBODY, backend=True), (), (replace(KEEPER, asked=True, ruled=True),), "authenticated"),
        (LOOKUPS, (), (replace(KEEPER, asked=True, ruled=True),), "authenticated"),
        (LOOKUPS, (), (replace(KEEPER, named=True, ruled=True),), PLAIN),
        (VISITORS, (), (API,), "authenticated"),
        (USUAL, (), (API,), "authenticated"),
        (replace(OTHERS, calls=True), (), (API,), "authenticated"),
        (replace(OTHERS, calls=True), (Lent("webuser", asks=True),), (API,), "webuser"),
        (OTHERS, (Lent("webuser", asks=True),), (API,), "webuser"),
        (OTHERS, (Lent("a", asks=True), Lent("b", asks=True)), (API,), PLAIN),
    ],
)  # fmt: skip
def test_an_application_beside_the_api_has_the_one_role_that_policies_are_for(held, lent, own, user):
    found = api_of(held, lent, own)
    assert (found.user if found else PLAIN) == user
    beside = user in {"api", "keeper"}
    assert not found or ("anon" in found.clients) is not beside
    assert not found or found.login == ("authenticator" if "anon" in found.clients else user)
    assert bool(found and told(found)) is beside


def test_what_was_told_is_shown_with_its_reason_and_lines():
    own = api_of(OTHERS, (), (replace(API, login="pool"),))
    assert (own.login, own.user, own.service) == ("pool", "api", "")
    said = told(own)
    become = "select set_config('request.jwt.claims', json_build_object('sub', %(user)s)::text, true)"
    assert said.session == Session("api", become)
    assert said.why == "policies ask for the caller's claims, and are for api"
    assert said.lines == f'[isolation.session]\nrole = "api"\nbecome = "{become}"'


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        ("(owner = auth.uid())", True),
        ("(owner = ((current_setting('request.jwt.claims', true))::json ->> 'sub')::uuid)", True),
        ("(owner = api.me())", True),
        ("(owner = api.once_removed())", True),
        ('(owner = "Api"."Who am I"())', True),
        ("(owner = api.other())", False),
        ("(role = 'teacher')", False),
        ("(auth.role() = 'authenticated')", True),
        ("(id in (select unauth.uid_of(id)))", False),
        ("true", False),
    ],
)
def test_a_policy_asks_for_the_caller_itself_or_by_what_it_calls(policy, asked):
    functions = {
        "me": "select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid",
        "once_removed": "select api.me()",
        "Who am I": "select auth.jwt() ->> 'sub'",
        "role": "select auth.jwt() ->> 'role'",
        "other": "select api.other() -- auth.uid()",
    }
    assert callers_asked([policy], functions) is asked
