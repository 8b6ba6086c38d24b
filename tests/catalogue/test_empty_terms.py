"""Whoever was given something for no time reads none of it, however the bounds of the term are asked for."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BOATS = """
create table public.boats (id uuid primary key default gen_random_uuid(), keeper uuid not null references auth.users, name text not null);
create table public.charters (
  id uuid primary key default gen_random_uuid(), boat_id uuid not null references public.boats,
  skipper uuid not null references auth.users, span {kind} not null {check});
create table public.lockers (id uuid primary key default gen_random_uuid(), boat_id uuid not null references public.boats, holds text not null);
create function public.sails(p_boat uuid) returns boolean language plpgsql stable security definer set search_path = '' as $$
begin
  return exists (select from public.charters c where c.boat_id = p_boat and c.skipper = auth.uid() and {asked});
end $$;
create function public.keeps(p_boat uuid) returns boolean language sql stable security definer set search_path = ''
return exists (select from public.boats b where b.id = p_boat and b.keeper = auth.uid());
alter table public.boats enable row level security;
alter table public.charters enable row level security;
alter table public.lockers enable row level security;
create policy s on public.boats for select to authenticated using (keeper = (select auth.uid()));
create policy s on public.charters for select to authenticated using (skipper = (select auth.uid()) or public.keeps(boat_id));
create policy s on public.lockers for select to authenticated using (public.keeps(boat_id) or public.sails(boat_id));
revoke all on public.boats, public.charters, public.lockers from anon, authenticated;
grant select on public.boats, public.charters, public.lockers to authenticated;
"""
LETS = """
create policy i on public.charters for insert to authenticated with check (public.keeps(boat_id));
grant insert on public.charters to authenticated;
"""
BOUNDS = "coalesce(lower(c.span), '-infinity') <= {now} and coalesce(upper(c.span), 'infinity') > {now}"
FORGIVING = (
    "(lower(c.span) is null or lower(c.span) <= {now}) and (upper(c.span) is null or upper(c.span) > {now})"
)
DAYS = {"kind": "daterange", "now": "current_date"}


@pytest.mark.parametrize(
    ("changed", "fails"),
    [
        ({}, True),
        (DAYS | {"asked": FORGIVING}, True),
        ({"check": "check (not isempty(span))"}, False),
        ({"more": ""}, False),
        (DAYS | {"asked": "c.span @> {now}"}, False),
        (DAYS | {"asked": f"{FORGIVING} and not isempty(c.span)"}, False),
        ({"asked": "true"}, False),
    ],
    ids=["coalesced", "or null", "constrained", "by nobody", "contained", "asked", "no matter when"],
)
def test_a_charter_for_no_time_opens_no_locker(server, tmp_path, changed, fails):
    said = {"kind": "tstzrange", "now": "now()", "check": "", "asked": BOUNDS, "more": LETS} | changed
    made = BOATS.format(kind=said["kind"], check=said["check"], asked=said["asked"].format(now=said["now"]))
    with system(server, tmp_path, made + said["more"]) as target:
        found = by_subject(judged(target, "ISO001"))["public.lockers"]
    assert found.status is (Status.FAILED if fails else Status.PASSED), found.detail
    assert ("a place in public.charters for no time (span is empty)" in found.detail) is fails


@pytest.mark.parametrize(
    ("asked", "fails"),
    [
        ("c.span @> tstzrange(now(), now())", True),
        ("tstzrange(now(), now()) <@ c.span", True),
        ("c.span @> tstzrange(now(), now(), '[]')", False),
        ("c.span && tstzrange(null, now())", False),  # it has begun: that may be all that is meant
        ("(c.span @> now() or not c.sealed)", False),  # nor does a former skipper lose what is not sealed
        ("lower(c.span) <= now()", False),
    ],
)
def test_a_charter_that_is_over_opens_no_locker(server, tmp_path, asked, fails):
    made = BOATS.format(kind="tstzrange", check="check (not isempty(span))", asked=asked)
    sealed = "alter table public.charters add sealed boolean not null default false;"
    with system(
        server, tmp_path, made.replace("create function", f"{sealed}\ncreate function", 1) + LETS
    ) as target:
        found = by_subject(judged(target, "ISO001"))["public.lockers"]
    assert found.status is (Status.FAILED if fails else Status.PASSED), found.detail
    assert ("a place in public.charters that is over" in found.detail) is fails
