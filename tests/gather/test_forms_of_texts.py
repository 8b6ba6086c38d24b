"""Texts of the form that a function asks of an argument come first, whatever asks for it."""

import re
import time

import pytest

from pytest_readiness.gather.attacks.attempts import Attempt, Runner, install, watch
from pytest_readiness.gather.attacks.forms import Forms
from pytest_readiness.target.identities import Identity
from systems import system

OWN = ["canary-1", "b"]
SUPERUSER = Identity("the superuser", "", "", ("select 1",))
ADDRESS = (
    r"^([a-zA-Z0-9])(([\-.]|[_]+)?([a-zA-Z0-9]+))*(@){1}[a-z0-9]+[.]{1}"
    "(([a-z]{2,3})|([a-z]{2,3}[.]{1}[a-z]{2,3}))$"
)


@pytest.fixture
def formed(server, tmp_path):
    with system(server, tmp_path, "select 1;") as target:
        connection = target.database()
        install(connection)
        watch(connection, {})
        runner = Runner(connection)
        forms = Forms(lambda step: runner.one(Attempt(SUPERUSER, (step,))))
        yield lambda body, texts=OWN: forms.formed(texts, "p_x", body)


def test_a_common_text_of_the_form_comes_before_what_has_another(formed):
    for body, form in (
        ("if p_x !~ '^https://' then raise", r"^https://"),
        ("if p_x not like 'https://%' then raise", r"^https://"),
        ("select 1 where p_x::text ~* '^HTTPS'", r"(?i)^https"),
        ("if not (p_x ~ '^[^@]+@[^@]+$') then", r"@"),
        (r"if p_x !~ E'^\\+[0-9]+$' then", r"^\+[0-9]+$"),
        ("check (p_x similar to '#[0-9a-f]{6}')", r"^#"),
        ("if p_x !~ '^[[:alpha:]]{3}$' then", r"^[A-Za-z]{3}$"),
    ):
        first, *others = formed(body)
        assert re.search(form, first), body
        assert {first, *others} >= {*OWN}, body


def test_the_persons_own_text_is_taken_if_it_has_the_form(formed):
    assert formed("if p_x !~ '^[a-z]$' then raise") == ["b", "canary-1"]


def test_what_no_text_has_or_no_server_knows_changes_nothing(formed):
    for pattern in ("^Q{40}$", "(", "^a{99999999999}$"):
        assert formed(f"if p_x !~ '{pattern}' then") == OWN


def test_a_pattern_that_backtracks_without_end_elsewhere_is_told_in_time(formed):
    started = time.monotonic()
    formed(f"if p_x !~ '{ADDRESS}' then", ["a" * 400, *OWN])
    assert time.monotonic() - started < 10
