"""Which columns code makes longer texts of, so that whoever has the one is taken to have both."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.compositions import composed
from relations import column, relation

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
