"""What a body asks of the form of an argument is a condition that the server takes as it stands."""

import pytest

from pytest_readiness.gather.attacks.attempts import Outcome
from pytest_readiness.gather.attacks.forms import Forms, conditions


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("if p_x !~ '^https://' then raise", ("x ~ '^https://'",)),
        ("if p_x not like 'https://%' then raise", ("x like 'https://%'",)),
        ("if p_x like 'a!_%' escape '!' then", ("x like 'a!_%' escape '!'",)),
        ("select 1 where p_x::text ~* '^HTTPS'", ("x ~* '^HTTPS'",)),
        ("if not (p_x ~ '^[^@]+@[^@]+$') then", ("x ~ '^[^@]+@[^@]+$'",)),
        (r"if p_x !~ E'^it\'s [0-9]+$' then", (r"x ~ E'^it\'s [0-9]+$'",)),
        ("if p_x ~ '^it''s' then", ("x ~ '^it''s'",)),
        ("check (p_x similar to '#[0-9a-f]{6}')", ("x similar to '#[0-9a-f]{6}'",)),
        ("if p_x ~ 'a' and p_x !~ 'b' or p_x ~ 'a'", ("x ~ 'a'", "x ~ 'b'")),
        ("select 1", ()),
        ("if p_y !~ '^https://' then", ()),
        ("x.p_x like 'a%'", ()),
        ("if p_x ~ pattern then", ()),
    ],
)  # fmt: skip
def test_the_conditions_of_a_body(body, asked):
    assert conditions("p_x", body) == asked


def test_an_argument_without_a_name_is_asked_nothing():
    assert conditions("", "if  ~ 'a' then") == ()


def test_a_form_that_the_server_cannot_tell_is_asked_once_and_changes_nothing():
    asked = []

    def ask(step):
        asked.append(step)
        return Outcome(state="57014", said="", constraint="", reached=1, touched=0, rows=("b",))

    forms = Forms(ask)
    assert forms.formed(["a", "b"], "p_x", "p_x ~ '('") == ["a", "b"]
    assert forms.formed(["c"], "p_x", "p_x ~ '('") == ["c"]
    assert len(asked) == 1
