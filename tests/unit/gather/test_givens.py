"""What a function is called with that would take entries away; no server."""

import pytest

from pointed import function
from pytest_readiness.evidence.catalog import Argument
from pytest_readiness.gather.trail.givens import choices_of, lists_of

ENTRIES = [{"n": 4, "tbl": "purses", "row_id": "7"}, {"n": 5, "tbl": "parcels", "row_id": "8"}]
WHEN = Argument("p_at", "timestamp with time zone", "timestamptz", "b")
WORD = Argument("p_what", "text", "text", "b")
PLACE = Argument("p_tbl", "text", "text", "b")
DOCUMENT = Argument("p", "jsonb", "jsonb", "b")
IDS = Argument("p_n", "bigint[]", "bigint[]", "b")


def called(*arguments, **facts):
    """Return the lists of arguments that a function is called with."""
    (one,) = function(arguments=arguments, **facts).functions
    return list(lists_of(one, choices_of(one, ENTRIES)))


def test_each_value_of_each_argument_comes_before_what_goes_together():
    (one,) = function(arguments=(WORD, PLACE, WHEN)).functions
    choices = choices_of(one, ENTRIES)
    first = called(WORD, PLACE, WHEN)[: max(map(len, choices))]
    assert all(any(value in given for given in first) for values in choices for value in values)


def test_what_need_not_be_given_is_left_out_too():
    assert called(WHEN, defaults=1)[-1] == ""
    assert "" not in called(WHEN)


@pytest.mark.parametrize(
    ("arguments", "modes", "given"),
    [
        ((WHEN,), "io", "(now() + interval '1000 years')::timestamptz, null"),
        ((WHEN,), "oi", "null, (now() + interval '1000 years')::timestamptz"),
        ((IDS,), "v", "variadic array['4', '5']::bigint[]"),
        ((IDS,), "", "array['4', '5']::bigint[]"),
    ],
)
def test_a_call_names_what_it_has_to(arguments, modes, given):
    assert called(*arguments, modes=tuple(modes))[0] == given


def test_what_a_body_compares_an_argument_with_comes_first():
    body = "delete from log where tbl = p_tbl and p_what in ('any', 'all') and note <> 'kept'"
    assert called(PLACE, WORD, body=body)[0] == "'purses'::text, 'any'::text"


@pytest.mark.parametrize(
    ("body", "document"),
    [
        ("(p ->> 'at')::timestamptz", "jsonb_build_object('at', (now() + interval '1000 years')::"),
        ("n = (p->>'n')::int8 or p->>'n' is null", "jsonb_build_object('n', 4::bigint)"),
        ("v := p ->> 'tbl'", "jsonb_build_object('tbl', 'purses'::text)"),
        ("v := p ->> 'until'", "jsonb_build_object('until', '3000-01-01')"),
        ("from jsonb_to_record(p) as r(n bigint)", "jsonb_build_object('n', 5::bigint)"),
        (
            "from jsonb_array_elements(p) e where n = (e ->> 'n')::int",
            "jsonb_build_array(jsonb_build_object(",
        ),
    ],
)
def test_a_document_has_the_keys_that_a_body_asks_for(body, document):
    assert any(document in given for given in called(DOCUMENT, body=body)), called(DOCUMENT, body=body)
