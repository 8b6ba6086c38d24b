"""Columns that are called like keys name nobody where the server draws them or a list says of what they are."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.catalog import CheckConstraint
from pytest_readiness.judges.owners.ownership import infer
from pytest_readiness.settings import Isolation
from relations import catalog, column, relation

ASKS = "club_id = (current_setting('app.club_id'))::uuid"
DATA = [
    relation(f"public.{name}", column("id"), column("club_id"), using=(ASKS,))
    for name in ("plots", "leases", "tools")
]


def is_nobodys(one, *others):
    return one.name in infer(catalog(*(others or DATA), one), Isolation(), "").nobodys


@pytest.mark.parametrize(
    ("name", "default", "nobodys"),
    [
        ("plant_ref", "gen_random_uuid()", True),
        ("plant_ref", "", False),
        ("subject_id", "gen_random_uuid()", False),
    ],
)
def test_a_key_that_the_server_draws(name, default, nobodys):
    plants = relation("public.plants", column(name, default=default), column("title", "numeric"), key=(name,))
    assert is_nobodys(plants) is nobodys


@pytest.mark.parametrize(
    ("words", "nobodys"),
    [("'HERB', 'FLOWER'", True), ("'herb', 'user'", False), ("'herb', 'lease'", False), ("", False)],
)
def test_a_key_of_what_a_list_says(words, nobodys):
    edges = relation("public.edges", column("id"), column("one_type", "text"), column("one_id"))
    check = CheckConstraint("c", ("one_type",), f"CHECK (one_type = ANY (ARRAY[{words}]))")
    assert is_nobodys(replace(edges, checks=(check,) if words else ())) is nobodys


@pytest.mark.parametrize(
    ("name", "kind", "nobodys"),
    [
        ("source_ref", "text", True),
        ("source_ref", "uuid", False),
        ("lease_key", "text", False),
        ("customer_key", "text", False),
        ("sown_by_key", "text", False),
        ("sort_by_key", "text", True),
        ("lent_to_ref", "text", False),
        ("leads_to_ref", "text", True),
        ("worker_ref", "text", False),
        ("night_nurse_id", "text", False),
        ("carer_id", "text", False),
    ],
)
def test_a_text_beside_tenants_that_have_keys_of_another_type(name, kind, nobodys):
    plants = relation("public.plants", column("id"), column(name, kind))
    assert is_nobodys(plants) is nobodys


def test_where_not_all_say_whose_they_are_a_text_may():
    loose = relation("public.loans", column("id"), references={"id": "public.tools"})
    plants = relation("public.plants", column("id"), column("source_ref", "text"))
    assert not is_nobodys(plants, *DATA, loose)
    assert not is_nobodys(plants, *DATA[:2])
