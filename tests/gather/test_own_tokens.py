"""A token of one's own opens what is one's own, and no more."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LINKS = """
create table public.papers (
  id uuid primary key default gen_random_uuid(), author uuid not null references auth.users, body text not null);
create table public.links (
  id uuid primary key default gen_random_uuid(), paper_id uuid not null references public.papers,
  made_by uuid not null references auth.users, jeton text not null default md5(random()::text));
revoke all on public.papers, public.links from anon, authenticated;
grant select on public.papers to authenticated, anon;
alter table public.papers enable row level security;
alter table public.links enable row level security;
create function public.shown() returns public.links language sql stable security definer set search_path = ''
  as $$ select l from public.links l
  where l.jeton = nullif(current_setting('request.headers', true), '')::json ->> 'x-link' $$;
create policy own on public.papers for select using (author = auth.uid());
create policy linked on public.papers for select using ({condition});
"""


@pytest.mark.parametrize(
    ("condition", "status"),
    [("(public.shown()).id is not null", Status.FAILED), ("(public.shown()).paper_id = id", Status.PASSED)],
)
def test_a_link_opens_what_it_was_made_for(server, tmp_path, condition, status):
    with system(server, tmp_path, LINKS.format(condition=condition), profile="supabase") as target:
        found = by_subject(judged(target, "ISO001"))["public.papers"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "bob, who sent public.links.jeton of his own in the header x-link" in found.detail


def test_a_link_that_asks_for_another_header_as_well_is_sent_both(server, tmp_path):
    asked = "(public.shown()).id is not null and current_setting('request.headers', true)::json ->> 'x-device' is not null"
    with system(server, tmp_path, LINKS.format(condition=asked), profile="supabase") as target:
        found = by_subject(judged(target, "ISO001"))["public.papers"]
    assert found.status is Status.FAILED, found.detail


HOUSES = """
create table public.houses (id uuid primary key default gen_random_uuid(), name text not null);
create table public.house_members (
  house_id uuid not null references public.houses, person uuid not null default auth.uid() references auth.users,
  state text not null default 'requested' check (state in ('requested', 'living', 'moved_out')), room text,
  primary key (house_id, person));
create table public.letters (
  id uuid primary key default gen_random_uuid(), house_id uuid not null references public.houses, body text not null);
alter table public.houses enable row level security;
alter table public.house_members enable row level security;
alter table public.letters enable row level security;
create policy asking on public.house_members for insert
  with check (person = auth.uid() and state = 'requested' and room is null);
create policy own on public.house_members for select using (person = auth.uid());
create policy inhabitants on public.letters for select using (exists (
  select from public.house_members r where r.house_id = letters.house_id and r.person = auth.uid() and {condition}));
"""


@pytest.mark.parametrize(
    ("condition", "status"),
    [("r.state <> 'moved_out'", Status.FAILED), ("r.state = 'living'", Status.PASSED)],
)
def test_who_asks_to_come_in_is_not_in(server, tmp_path, condition, status):
    with system(server, tmp_path, HOUSES.format(condition=condition), profile="supabase") as target:
        found = by_subject(judged(target, "ISO006"))["public.house_members"]
    assert found.status is status, found.detail
