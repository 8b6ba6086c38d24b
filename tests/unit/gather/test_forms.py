"""Texts of the form that a function asks of an argument come first, whatever asks for it."""

import re

import pytest

from pytest_readiness.gather.attacks.forms import formed

OWN = ["canary-1", "b"]


@pytest.mark.parametrize(
    ("body", "form"),
    [
        ("if p_x !~ '^https://' then raise", r"^https://"),
        ("if p_x not like 'https://%' then raise", r"^https://"),
        ("select 1 where p_x::text ~* '^HTTPS'", r"(?i)^https"),
        ("if not (p_x ~ '^[^@]+@[^@]+$') then", r"@"),
        (r"if p_x !~ E'^\\+[0-9]+$' then", r""),
        ("check (p_x similar to '#[0-9a-f]{6}')", r"^#"),
    ],
)
def test_a_common_text_of_the_form_comes_before_what_has_another(body, form):
    first, *others = formed(OWN, "p_x", body)
    assert re.search(form, first)
    assert {first, *others} >= {*OWN}


def test_the_persons_own_text_is_taken_if_it_has_the_form():
    assert formed(OWN, "p_x", "if p_x !~ '^[a-z]$' then raise") == ["b", "canary-1"]


@pytest.mark.parametrize(
    "body", ["select 1", "if p_y !~ '^https://' then", "if p_x ~ '(' then", "x.p_x like 'a%'"]
)
def test_nothing_is_asked_of_others_or_in_forms_that_are_unknown(body):
    assert formed(OWN, "p_x", body) == OWN


def test_what_has_no_text_of_that_form_keeps_its_own():
    assert formed(OWN, "p_x", "if p_x !~ '^Q{40}$' then raise") == OWN
