"""The order of rows tells a hidden number, whatever numbers the table takes; on a board it is meant to."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHOW = """
create table public.shows (id int primary key, place text not null);
create table public.entries (
  id int generated always as identity primary key, show_id int not null references public.shows,
  grower uuid not null default auth.uid() references auth.users,
  stall text not null, row_no int not null, {public}
  marks {marks}, unique (show_id, grower));
alter table public.shows enable row level security;
alter table public.entries enable row level security;
create policy own on public.entries for select to authenticated using ({seen});
create policy entered on public.entries for insert to authenticated with check (grower = auth.uid());
revoke all on public.shows, public.entries from anon, authenticated;
grant select ({granted}) on public.entries to authenticated;
grant insert on public.entries to authenticated;
create function public.growers(p_show int) returns table (row_no int)
language sql stable security definer set search_path = '' as $$
  select e.row_no from public.entries e where e.show_id = p_show {those}
    and exists (select from public.entries m where m.show_id = p_show and m.grower = auth.uid())
  order by e.{by}, e.row_no $$;
"""
ANY = "numeric(7,2) not null"
FEW = "int not null check (marks between 1 and 5)"
BOARD = {"public": "is_public boolean not null default true,", "those": "and e.is_public"}
ALL = "id, show_id, grower, stall, row_no, marks"
SYSTEMS = {
    "any number": ({"marks": ANY}, Status.FAILED),
    "few numbers": ({"marks": FEW}, Status.FAILED),
    "two numbers": ({"marks": "int not null check (marks in (0, 1))"}, Status.FAILED),
    "another order": ({"marks": FEW, "by": "stall"}, Status.PASSED),
    "a board of those who want to be on it": ({"marks": ANY, **BOARD}, Status.PASSED),
    # He reads the number of everybody, and not their keys, by which the row would be looked for.
    "what everybody reads": ({"marks": ANY, "seen": "true", "granted": "stall, row_no, marks"}, Status.PASSED),
}  # fmt: skip
USUAL = {"public": "", "seen": "grower = auth.uid()", "granted": ALL, "those": "", "by": "marks"}


@pytest.mark.parametrize("what", SYSTEMS)
def test_the_order_of_rows_tells_no_hidden_number(server, tmp_path, what):
    given, status = SYSTEMS[what]
    with system(server, tmp_path, SHOW.format(**USUAL | given), profile="supabase") as target:
        found = by_subject(judged(target, "ISO010"))
    assert found["public.growers(p_show integer)"].status is status, found
