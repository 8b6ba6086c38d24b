"""Whoever left a tenant reads nothing more of it by a stored view that still has him among its members."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ORCHARDS = """
alter default privileges in schema public revoke all on tables from anon, authenticated;
create table public.orchards (id uuid primary key default gen_random_uuid(), name text not null);
create table public.pickers (
  orchard uuid not null references public.orchards, who uuid not null references auth.users, primary key (orchard, who));
create table public.harvests (
  id uuid primary key default gen_random_uuid(), orchard uuid not null references public.orchards, remark text not null);
alter table public.orchards enable row level security;
alter table public.pickers enable row level security;
alter table public.harvests enable row level security;
create function public.picks(o uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select 1 from public.pickers p where p.orchard = o and p.who = auth.uid()) $$;
create policy own on public.orchards for select to authenticated using (public.picks(id));
create policy own on public.pickers for select to authenticated using (who = auth.uid());
create policy own on public.harvests for select to authenticated using (public.picks(orchard));
grant select on public.orchards, public.pickers, public.harvests to authenticated;
{made}
create view public.found with (security_barrier) as {view};
grant select on public.found to authenticated;
{more}
"""
ROWS = """create materialized view public.kept as
select h.id, h.orchard, p.who, h.remark from public.harvests h join public.pickers p using (orchard);"""
LISTS = """create materialized view public.kept as
select h.id, h.orchard, array_agg(p.who) as who, h.remark
from public.harvests h join public.pickers p using (orchard) group by h.id;"""
PLAIN = "create materialized view public.kept as select h.id, h.orchard, h.remark from public.harvests h;"
REFRESHED = """
create function public.refresh_kept() returns trigger language plpgsql security definer set search_path = '' as
$$ begin refresh materialized view public.kept; return null; end $$;
create trigger refreshed after insert or update or delete on public.pickers
for each statement execute function public.refresh_kept();"""
SYSTEMS = {
    "a row for each": (
        ROWS,
        "select id, orchard, remark from public.kept where who = auth.uid()",
        "",
        False,
    ),
    "a list of them": (
        LISTS,
        "select id, orchard, remark from public.kept where auth.uid() = any (who)",
        "",
        False,
    ),
    "asked as well": (
        ROWS,
        "select id, orchard, remark from public.kept where who = auth.uid() and public.picks(orchard)",
        "",
        True,
    ),
    "asked alone": (
        PLAIN,
        "select id, orchard, remark from public.kept where public.picks(orchard)",
        "",
        True,
    ),
    "stored anew": (
        ROWS,
        "select id, orchard, remark from public.kept where who = auth.uid()",
        REFRESHED,
        True,
    ),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_who_left_is_asked_about_where_it_is_stored_who_belongs(server, tmp_path, what):
    made, view, more, sound = SYSTEMS[what]
    facts = {"made": made, "view": view, "more": more}
    with system(server, tmp_path, ORCHARDS.format(**facts)) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.found"].status is (Status.PASSED if sound else Status.FAILED), found["public.found"]
