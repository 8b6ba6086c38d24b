"""Documents are made as a CHECK asks for them, as the server shows its text."""

import json

import pytest

from pytest_readiness.gather.synthesis.documents import documents

HELD = '{"note": "canary-0123456789"}'
CANARY = "canary-0123456789"
ASKED = [
    ("(d ? 'street'::text)", {"street": CANARY}),
    ("jsonb_exists(d, 'street'::text)", {"street": CANARY}),
    ("(d ?& ARRAY['a'::text, 'b'::text])", {"a": CANARY, "b": CANARY}),
    ("(d ?& '{a,b}'::text[])", {"a": CANARY, "b": CANARY}),
    ("((d #>> '{geo,lat}'::text[]) IS NOT NULL)", {"geo": {"lat": CANARY}}),
    ("(d['a'::text]['b'::text] IS NOT NULL)", {"a": {"b": CANARY}}),
    ("(((d -> 'to'::text) ->> 'zip'::text) ~ '^[0-9]{5}$'::text)", {"to": {"zip": "63616"}}),
    ("(((d ->> 'n'::text))::integer > 3)", {"n": 4}),
    ("((d ->> 'kind'::text) = ANY (ARRAY['van'::text, 'cart'::text]))", {"kind": "van"}),
    ("(d @> '{\"v\": 1}'::jsonb)", {"v": 1}),
    ('jsonb_path_exists(d, \'$."street"."no"\'::jsonpath)', {"street": {"no": CANARY}}),
    ("(((d ->> 'ok'::text))::boolean)", {"ok": True}),
    ("(length((d ->> 'name'::text)) > 2)", {"name": CANARY}),
    (
        "((jsonb_typeof((d -> 'lines'::text)) = 'array'::text) AND ((jsonb_array_length((d -> 'lines'::text)) <= 2)))",
        {"lines": [CANARY, CANARY]},
    ),
    ("(jsonb_typeof((d -> 'lines'::text)) = 'array'::text)", {"lines": []}),
    (
        "((d ? 'weight'::text) AND (jsonb_typeof((d -> 'weight'::text)) = 'number'::text) AND (d ? 'unit'::text))",
        {"weight": 1, "unit": CANARY},
    ),
]


@pytest.mark.parametrize(("definition", "asked"), ASKED)
def test_a_document_has_what_is_asked_and_what_it_is_known_by(definition, asked):
    first = next(documents("d", f"CHECK ({definition})", HELD))
    assert json.loads(first) == {"note": CANARY, **asked}


def test_what_may_hold_nothing_else_is_tried_without_a_note():
    assert {"a": CANARY} in map(
        json.loads, documents("d", "CHECK (((d - 'a'::text) = '{}') AND d ? 'a')", HELD)
    )


@pytest.mark.parametrize("definition", ["CHECK ((other ? 'street'::text))", "CHECK ((d IS NOT NULL))"])
def test_nothing_is_made_up_for_what_is_not_asked(definition):
    assert not list(documents("d", definition, HELD))
