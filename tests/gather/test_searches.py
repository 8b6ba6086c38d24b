"""A function that refuses a row to somebody who searches by one argument shows it by no other."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LABS = """
create table public.labs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.staff (
  lab_id uuid not null references public.labs, user_id uuid not null references auth.users, primary key (lab_id, user_id));
create table public.papers (
  id uuid primary key default gen_random_uuid(), lab_id uuid not null references public.labs, title text not null,
  topics text[] not null default '{{}}', state text not null default 'draft' check (state in ('draft', 'published')));
create function public.works(l uuid) returns boolean language sql stable security definer set search_path = ''
  return exists (select from public.staff s where s.lab_id = l and s.user_id = auth.uid());
alter table public.labs enable row level security;
alter table public.staff enable row level security;
alter table public.papers enable row level security;
create policy own on public.papers for select to authenticated using (public.works(lab_id));
create function public.find_papers(p_title text, p_topic {kind} default null) returns setof text language plpgsql
  stable security definer set search_path = '' as $$
begin
  if p_topic is not null then
    return query select p.title from public.papers p where {looks} and {by_topic};
  else
    return query select p.title from public.papers p where p.title = p_title and {by_title};
  end if;
end $$;
"""
IS_IN, OUT = "p_topic = any (p.topics)", "p.state = 'published'"
OURS = f"{OUT} and public.works(p.lab_id)"
SYSTEMS = {
    "a topic": (("text", IS_IN, OUT, OURS), Status.FAILED),
    "several topics": (("text[]", "p.topics && p_topic", OUT, OURS), Status.FAILED),
    "in both": (("text", IS_IN, OURS, OURS), Status.PASSED),
    # What is published is for all, whatever it is found by.
    "in none": (("text", IS_IN, OUT, OUT), Status.PASSED),
    # By title one searches among one's own, and what is no paper yet is among these.
    "one's own": (("text", IS_IN, OUT, "public.works(p.lab_id)"), Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_what_is_found_by_another_argument(server, tmp_path, what):
    (kind, looks, by_topic, by_title), status = SYSTEMS[what]
    made = LABS.format(kind=kind, looks=looks, by_topic=by_topic, by_title=by_title)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO005"))[f"public.find_papers(p_title text, p_topic {kind})"]
        assert found.status is status, found.detail
        if status is Status.FAILED:
            assert "which it refuses to him where he searches by p_title" in found.detail
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)
