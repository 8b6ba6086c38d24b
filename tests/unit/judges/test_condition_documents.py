"""A body says which objects of a document it goes through by their names, and which words it knows."""

import pytest

from pytest_readiness.judges.sql.condition_documents import holders, words_asked


@pytest.mark.parametrize(
    ("body", "found"),
    [
        ("for k, v in select * from jsonb_each_text(p) loop", ("",)),
        ("from jsonb_each_text(coalesce(p->'with', '{}')) e", ("with",)),
        ("from json_object_keys(p -> 'with') union select jsonb_each(p->'not')", ("with", "not")),
        ("from jsonb_array_elements(p->'list')", ()),
    ],
)
def test_what_is_gone_through_by_names(body, found):
    assert holders(body) == found


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ("case when p->>'mode' = 'either' then ' or ' else ' and ' end", {"mode": ("either",)}),
        ("case p ->> 'mode' when 'all' then 1 when 'some' then 2 end", {"mode": ("all", "some")}),
        ("if coalesce(p->>'mode', 'all') <> 'some' then", {"mode": ("all", "some")}),
        ("select p->>'one', p->>'two'", {}),
        ("x := p->>'one'; y := 'two';", {}),
    ],
)
def test_what_a_key_is_compared_with(body, words):
    assert words_asked(body) == words
