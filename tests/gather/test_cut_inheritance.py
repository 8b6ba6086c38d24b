"""A row that was taken out of what its parent hands down is not read by those who were given the parent."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

DRAWERS = """
create table public.drawers (
  id {kind}, within {type} references public.drawers, owner_id uuid not null default auth.uid() references auth.users,
  label text not null, {switch});
create table public.drawer_guests (
  drawer_id {type} not null references public.drawers, guest_id uuid not null references auth.users,
  primary key (drawer_id, guest_id));
create function public.may_open(p_drawer {type}) returns boolean
language sql stable security definer set search_path = '' as $$
  with recursive up as (
    select d.id, d.within, d.{name}, d.owner_id = auth.uid() as own from public.drawers d where d.id = p_drawer
    union all
    select d.id, d.within, d.{name}, false from public.drawers d join up on d.id = up.within {walked}
  )
  select exists (select from up where own)
      or exists (select from up join public.drawer_guests g on g.drawer_id = up.id where g.guest_id = auth.uid())
$$;
alter table public.drawers enable row level security;
alter table public.drawer_guests enable row level security;
create policy opens on public.drawers for select to authenticated using (public.may_open(id));
create policy mine on public.drawer_guests for select to authenticated using (guest_id = auth.uid());
"""
UUID = {"kind": "uuid primary key default gen_random_uuid()", "type": "uuid"}
NUMBER = {"kind": "bigint generated always as identity primary key", "type": "bigint"}
INHERITS = {"name": "inherits", "switch": "inherits boolean not null default true"}
BREAKS = {"name": "break_inheritance", "switch": "break_inheritance boolean not null default false"}
SYSTEMS = {
    "it is asked": (UUID, INHERITS, "where up.inherits", Status.PASSED),
    "it is not asked": (UUID, INHERITS, "", Status.FAILED),
    "the contrary is asked": (NUMBER, BREAKS, "where not up.break_inheritance", Status.PASSED),
    "the contrary is not asked": (NUMBER, BREAKS, "", Status.FAILED),
    "the parent is asked": (NUMBER, INHERITS, "where d.inherits", Status.FAILED),
    "nothing is handed down": (UUID, INHERITS, "where false", Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_who_was_given_the_parent(server, tmp_path, what):
    keys, switch, walked, status = SYSTEMS[what]
    sql = DRAWERS.format(**keys, **switch, walked=walked)
    with system(server, tmp_path, sql, profile="supabase") as target:
        finding = by_subject(judged(target, "ISO001"))["public.drawers"]
    assert finding.status is status, finding.detail
    if status is Status.FAILED:
        assert switch["name"] in finding.detail
        assert "insert into public.drawers" in finding.reproduce
