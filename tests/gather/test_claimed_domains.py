"""Nobody becomes a colleague by entering the end of somebody's address, of which nothing was proved."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CAMPUSES = """
alter default privileges in schema public revoke all on tables from anon, authenticated;
create table public.campuses (id uuid primary key default gen_random_uuid(), town text not null);
create table public.deans (
  campus uuid not null references public.campuses, dean uuid not null references auth.users, primary key (campus, dean));
create table public.suffixes (
  campus uuid not null references public.campuses, suffix text not null, proved_on date, primary key (campus, suffix));
create table public.alumni (person uuid primary key references auth.users, contact text not null, thesis text not null);
alter table public.campuses enable row level security;
alter table public.deans enable row level security;
alter table public.suffixes enable row level security;
alter table public.alumni enable row level security;
create function public.heads(c uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select 1 from public.deans d where d.campus = c and d.dean = auth.uid()) $$;
{helper}
create policy own on public.campuses for select to authenticated using (public.heads(id));
create policy own on public.deans for select to authenticated using (dean = auth.uid());
create policy own on public.suffixes for select to authenticated using (public.heads(campus));
create policy enter on public.suffixes for insert to authenticated with check (public.heads(campus) and proved_on is null);
create policy own on public.alumni for select to authenticated using (person = auth.uid() or {shown});
grant select on public.campuses, public.deans, public.suffixes, public.alumni to authenticated;
{granted}
"""
PLPGSQL = """
create function public.of_ours(p text) returns boolean language plpgsql stable security definer set search_path = '' as
$$ declare ending text := split_part(lower(p), '@', 2); begin
  return exists (select 1 from public.suffixes s join public.deans d on d.campus = s.campus
    where d.dean = auth.uid() and s.suffix = ending{proved});
end $$;"""
PLAIN = """exists (select 1 from public.suffixes s join public.deans d on d.campus = s.campus
  where d.dean = auth.uid() and s.suffix = substring(contact from '@(.*)$'){proved})"""
PROVED = " and s.proved_on is not null"
GRANTED = "grant insert (campus, suffix) on public.suffixes to authenticated;"
SYSTEMS = {
    "a function": (PLPGSQL, "public.of_ours(contact)", GRANTED, "", False),
    "a query": ("", PLAIN, GRANTED, "", False),
    "a proved one, by a function": (PLPGSQL, "public.of_ours(contact)", GRANTED, PROVED, True),
    "a proved one, by a query": ("", PLAIN, GRANTED, PROVED, True),
    "one that the service enters": (PLPGSQL, "public.of_ours(contact)", "", "", True),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_a_domain_makes_colleagues_once_it_is_proved(server, tmp_path, what):
    helper, shown, granted, proved, sound = SYSTEMS[what]
    facts = {
        "helper": helper.replace("{proved}", proved),
        "shown": shown.replace("{proved}", proved),
        "granted": granted,
    }
    with system(server, tmp_path, CAMPUSES.format(**facts)) as target:
        found, reads = (by_subject(judged(target, one)) for one in ("ISO006", "ISO001"))
    failed = {name for name, finding in found.items() if finding.status is Status.FAILED}
    assert failed == (set() if sound else {"public.suffixes"}), found
    assert reads["public.alumni"].status is Status.PASSED, reads
