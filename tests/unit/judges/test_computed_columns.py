"""What a computed column tells of columns that are granted to nobody is there by mistake, or in their place."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.judges.sql.computed_columns import computed_against_grants
from relations import column, relation

TEXTS = {"name": {"a"}, "remark": {"b"}, "phone": {"c"}}


@pytest.mark.parametrize(
    ("made_of", "granted", "told"),
    [
        ({"a", "b"}, {"name", "made"}, {"b"}),
        ({"a"}, {"name", "made"}, None),
        ({"b"}, {"name", "made"}, None),
        ({"c"}, {"name", "made"}, {"c"}),
        ({"a", "b"}, {"name", "remark", "made"}, None),
        ({"a", "b"}, {"name"}, None),
    ],
    ids=["mixed", "of what is granted", "in its place", "kept by all", "granted too", "not granted"],
)
def test_what_is_told(made_of, granted, told):
    made = replace(column("made", "text"), generated=True)
    one = relation("public.boards", *(column(name, "text") for name in TEXTS), made)
    one = replace(one, privileges={"anon": Privileges(select=tuple(granted))})
    texts = {name: frozenset(marks) for name, marks in (TEXTS | {"made": made_of}).items()}
    found = computed_against_grants(one, "anon", texts)
    assert found == ({"made": frozenset(told)} if told else {})
