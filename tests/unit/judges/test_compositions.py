"""Which columns code makes longer texts of, so that whoever has the one is taken to have both."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.sql.compositions import composed, composing
from pytest_readiness.judges.sql.texts import texts_of
from relations import catalog, column, relation

ROOMS = relation("public.rooms", column("id"), column("name", "text"), column("house_id"))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("select 'room:' || r.name from public.rooms r", {"name"}),
        ("select (r.name)::text || ':all' from public.rooms r", {"name"}),
        ("select format('in/%s', r.name) from public.rooms r", {"name"}),
        ("select concat('in/', lower(r.name)) from public.rooms r", {"name"}),
        ("select 'room:' || r.id from public.rooms r", set()),
        ("select 'room:' || r.nickname from public.rooms r where r.name = 'x'", set()),
        ("select 'room:' || h.name from public.houses h", set()),
    ],
    ids=["joined", "leading", "formatted", "lowered", "a key", "another", "elsewhere"],
)
def test_what_is_composed(text, found):
    assert composed(ROOMS, [text]) == found


def test_a_name_that_nobody_else_has_is_none():
    assert not composed(replace(ROOMS, unique=(("name",),)), ["select 'room:' || name from rooms"])
    alike = replace(ROOMS, unique=(("house_id", "name"),))
    assert composed(alike, ["select 'room:' || name from rooms"]) == {"name"}


def test_texts_that_compose_are_told_once_from_all_others():
    said = [
        "select 'room:' || r.name from public.rooms r",
        "select name from public.rooms",
        "select FORMAT('x')",
    ]
    assert composing([*said, said[0]]) == (said[0], said[2])
    named = replace(ROOMS, policies=relation("public.rooms", using=("topic = 'room:' || name",)).policies)
    texts = texts_of(catalog(named, replace(ROOMS, table="halls", name="public.halls")))
    assert texts.composed(named) == set()
    told = replace(ROOMS, policies=relation("public.rooms", using=("topic = 'rooms:' || name",)).policies)
    assert texts_of(catalog(told)).composed(told) == {"name"}
