"""Whose role users of an API have is told from grants and policies, or left to people."""

import pytest

from pytest_readiness.target.api import Held, Lent, api_of, callers_asked
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


@pytest.mark.parametrize(
    ("policy", "asked"),
    [
        ("(owner = auth.uid())", True),
        ("(owner = ((current_setting('request.jwt.claims', true))::json ->> 'sub')::uuid)", True),
        ("(owner = api.me())", True),
        ("(owner = api.once_removed())", True),
        ('(owner = "Api"."Who am I"())', True),
        ("(owner = api.other())", False),
        ("(id in (select unauth.uid_of(id)))", False),
        ("true", False),
    ],
)
def test_a_policy_asks_for_the_caller_itself_or_by_what_it_calls(policy, asked):
    functions = {
        "me": "select nullif(current_setting('request.jwt.claim.sub', true), '')::uuid",
        "once_removed": "select api.me()",
        "Who am I": "select auth.jwt() ->> 'sub'",
        "other": "select api.other() -- auth.uid()",
    }
    assert callers_asked([policy], functions) is asked
