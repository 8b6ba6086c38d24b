"""Whoever rows are shared with to be looked at gives himself no level by which he changes them."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MAPS = """
create table public.maps (no bigint generated always as identity primary key, drawn_by uuid not null references auth.users, title text not null);
create table public.trails (no bigint generated always as identity primary key, map_no bigint not null references public.maps, name text not null);
create table public.guests (
  no bigint generated always as identity primary key, map_no bigint not null references public.maps,
  guest uuid not null references auth.users, invited_by uuid not null default auth.uid() references auth.users,
  {column}, leaves_on date not null default current_date + 30);
create function public.draws(p_map bigint) returns boolean language sql stable security definer set search_path = ''
return exists (select from public.maps m where m.no = p_map and m.drawn_by = auth.uid());
create function public.comes(p_map bigint) returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from public.guests g where g.map_no = p_map and g.guest = auth.uid() and g.leaves_on > current_date);
end $$;
create function public.edits(p_map bigint) returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from public.guests g where g.map_no = p_map and g.guest = auth.uid() and g.leaves_on > current_date and {high});
end $$;
alter table public.maps enable row level security;
alter table public.trails enable row level security;
alter table public.guests enable row level security;
create policy s on public.maps for select to authenticated using (public.draws(no) or public.comes(no));
create policy s on public.trails for select to authenticated using (public.draws(map_no) or public.comes(map_no));
create policy d on public.trails for delete to authenticated using (public.draws(map_no) or public.edits(map_no));
create policy s on public.guests for select to authenticated using (guest = (select auth.uid()) or public.draws(map_no));
revoke all on public.maps, public.trails, public.guests from anon, authenticated;
grant select on public.maps, public.trails, public.guests to authenticated;
grant delete on public.trails to authenticated;
"""
INVITE = """
create policy i on public.guests for insert to authenticated with check (invited_by = (select auth.uid()) and {check});
grant insert on public.guests to authenticated;
"""
CHANGE = """
create policy u on public.guests for update to authenticated using (guest = (select auth.uid()));
grant update ({column}) on public.guests to authenticated;
"""
LEVEL = {
    "column": "level text not null default 'view' check (level in ('view', 'edit'))",
    "high": "g.level = 'edit'",
}
SWITCH = {"column": "can_edit boolean not null default false", "high": "g.can_edit"}
DRAWN, COMING = "public.draws(map_no)", "(public.draws(map_no) or public.comes(map_no))"


@pytest.mark.parametrize(
    ("shared", "more", "fails"),
    [
        (LEVEL, INVITE.format(check=COMING), True),
        (SWITCH, INVITE.format(check=COMING), True),
        (LEVEL, CHANGE.format(column="level, leaves_on"), True),
        (LEVEL, INVITE.format(check=DRAWN), False),
        (LEVEL, INVITE.format(check=f"{COMING} and (level = 'view' or public.draws(map_no))"), False),
        (SWITCH, INVITE.format(check=f"({DRAWN} or (public.comes(map_no) and not can_edit))"), False),
        (LEVEL, CHANGE.format(column="leaves_on"), False),
    ],
    ids=["invites", "switch", "own", "owner invites", "passed on", "passed on by switch", "other column"],
)  # fmt: skip
def test_a_guest_who_looks_makes_himself_one_who_edits(server, tmp_path, shared, more, fails):
    with system(server, tmp_path, MAPS.format(**shared) + more) as target:
        found = by_subject(judged(target, "ISO004"))["public.trails"]
    assert found.status is (Status.FAILED if fails else Status.PASSED), found.detail
    assert ("bob, given a place in public.guests" in found.detail) is fails
    assert ("who gives himself" in found.detail) is fails
