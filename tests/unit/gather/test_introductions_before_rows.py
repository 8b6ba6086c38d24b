"""An application says whose a transaction is before there are rows, if it makes nothing but settings."""

import pytest

from pytest_readiness.gather.synthesis.acting import introductions
from pytest_readiness.settings import Session
from pytest_readiness.target.identities import Identity

CLAIMS = "set_config('request.jwt.claims', json_build_object('sub', %(user)s, 'firm', nullif(%(tenant)s, ''))::text, true)"


@pytest.mark.parametrize(
    ("become", "said"),
    [
        ("select set_config('app.user_id', %(user)s, true)", True),
        (f"select {CLAIMS}", True),
        ("select app.sign_in(%(user)s)", False),
        (f"select {CLAIMS}, app.sign_in(%(user)s)", False),
        ("set app.user = %(user)s", False),
    ],
)
def test_settings_are_made_for_everybody_and_nothing_else_is_called(become, said):
    found = introductions(Session("api", become), lambda one: Identity(one.name, "api", "api", (one.name,)))
    assert found.get("alice", "") == ("alice" if said else "")


def test_without_a_session_nothing_is_said():
    assert introductions(None, lambda one: Identity(one.name, "", "", ())) == {}
