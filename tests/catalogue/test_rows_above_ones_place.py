"""Whoever oversees a place reads what is below it and not what is above; where nothing says so, it is told."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SEES = """
create table public.sees (code text primary key, above text references public.sees, called text not null);
create table public.seats (see text not null references public.sees, cleric uuid not null references auth.users, primary key (see, cleric));
create table public.visitations (no int generated always as identity primary key, see text not null references public.sees, finding text not null);
create function public.{named}(p_see text) returns boolean language plpgsql stable security definer set search_path = '' as $$
declare
  v_see text := p_see;
begin
  while v_see is not null loop
    if exists (select 1 from public.seats s where s.see = v_see and s.cleric = auth.uid()) then return true; end if;
    select s.above into v_see from public.sees s where s.code = v_see;
  end loop;
  return false;
end $$;
create function public.down_{named}(p_see text) returns boolean language sql stable security definer set search_path = '' as $$
  with recursive chain(code) as (
    select p_see union select s.code from public.sees s join chain c on s.above = c.code)
  select exists (select from chain c join public.seats s on s.see = c.code where s.cleric = auth.uid()) $$;
alter table public.sees enable row level security;
alter table public.seats enable row level security;
alter table public.visitations enable row level security;
create policy s on public.seats for select to authenticated using (cleric = (select auth.uid()));
create policy s on public.sees for select to authenticated using (public.{named}(code) or public.down_{named}(code));
create policy s on public.visitations for select to authenticated using ({asked});
revoke all on public.sees, public.seats, public.visitations from anon, authenticated;
grant select on public.sees, public.seats, public.visitations to authenticated;
"""


@pytest.mark.parametrize(
    ("named", "asked", "status", "told"),
    [
        ("supervises", "public.down_supervises(see)", Status.FAILED, False),
        ("supervises", "public.supervises(see)", Status.PASSED, False),
        ("supervises", "public.supervises(see) or public.down_supervises(see)", Status.PASSED, False),
        ("belongs", "public.down_belongs(see)", Status.PASSED, True),
        ("belongs", "public.belongs(see)", Status.PASSED, False),
    ],
    ids=["upwards", "downwards", "both", "told downwards", "in all below"],
)
def test_rows_above_and_below_ones_place(server, tmp_path, named, asked, status, told):
    with system(server, tmp_path, SEES.format(named=named, asked=asked)) as target:
        found = by_subject(judged(target, "ISO001"))["public.visitations"]
        beside = [
            one for one in by_subject(judged(target, "ISO010")) if "above his place in public.sees" in one
        ]
    assert found.status is status, found.detail
    assert ("bob, given a place in public.sees below hers" in found.detail) is (status is Status.FAILED)
    assert bool(beside) is told
