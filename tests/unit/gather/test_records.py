"""What a body asks JSON for: by operators, and as the columns of a record that it makes of it."""

import pytest

from pytest_readiness.gather.attacks.records import asked_for


@pytest.mark.parametrize(
    ("body", "asked"),
    [
        ("select p->>'title', p -> 'items'", {"title": "", "items": ""}),
        ("from jsonb_to_recordset(p) as r(id uuid, title text)", {"id": "uuid", "title": "text"}),
        ("from own, json_to_recordset(p) x(fee numeric(8,2), at timestamptz)", {"fee": "numeric", "at": "timestamptz"}),
        ("from jsonb_to_record(coalesce(p, '{}')) as (\"id\" int)", {"id": "int"}),
        ("from jsonb_to_recordset(p -> 'rows') as r(id uuid)", {"rows": "", "id": "uuid"}),
        ("from jsonb_array_elements(p) as r(value)", {}),
    ],
)  # fmt: skip
def test_the_keys_of_a_document(body, asked):
    assert asked_for(body) == asked
