"""What is checked of an argument that says something is tried where it says nothing, at a time of her rows."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

TURBINES = """
create table public.parks (id int primary key, name text not null);
create table public.park_members (
  park_id int references public.parks, user_id uuid references auth.users, primary key (park_id, user_id));
create table public.readings (
  id uuid primary key default gen_random_uuid(), park_id int not null references public.parks,
  taken_on date not null, note text not null);
alter table public.parks enable row level security;
alter table public.park_members enable row level security;
alter table public.readings enable row level security;
create function public.readings_of({arguments}) returns setof public.readings language sql stable security definer
  set search_path = '' as $$
  select r.* from public.readings r where r.taken_on = {day} and {condition} $$;
"""
MINE = "r.park_id in (select m.park_id from public.park_members m where m.user_id = auth.uid())"
GIVEN = "r.park_id = park and exists (select from public.park_members m where m.park_id = park and m.user_id = auth.uid())"
WAYS = {
    "by a default": (
        "day date, park int default null",
        f"(park is null or ({GIVEN}))",
        Status.FAILED,
    ),
    "by a NULL": (
        "park int, day date",
        f"case when park is not null then {GIVEN} else true end",
        Status.FAILED,
    ),
    "that narrows his own": (
        "day date, park int default null",
        f"{MINE} and (park is null or r.park_id = park)",
        Status.PASSED,
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_an_argument_that_is_left_out_leaves_the_check_out(server, tmp_path, way):
    arguments, condition, status = WAYS[way]
    sql = TURBINES.format(arguments=arguments, day="day", condition=condition)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))[
            f"public.readings_of({arguments.replace(' default null', '').replace('int', 'integer')})"
        ]
    assert found.status is status, found.detail
