"""What a policy calls a catalogue, and shows to strangers as it shows it to users, is for all of them."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BOATS = """
alter default privileges in schema public revoke all on tables from anon, authenticated;
create table public.piers (id uuid primary key default gen_random_uuid(), name text not null);
create table public.keepers (
  pier uuid not null references public.piers, person uuid not null references auth.users, primary key (pier, person));
create table public.boats (
  id uuid primary key default gen_random_uuid(), pier uuid not null references public.piers, name text not null,
  {more} retired_at timestamptz);
create table public.makers (id uuid primary key default gen_random_uuid(), name text not null, address text);
create function public.keeps(p uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.keepers k where k.pier = p and k.person = auth.uid()) $$;
alter table public.piers enable row level security;
alter table public.keepers enable row level security;
alter table public.boats enable row level security;
alter table public.makers enable row level security;
create policy own on public.piers for select to authenticated using (public.keeps(id));
create policy own on public.keepers for select to authenticated using (person = auth.uid());
create policy "{name}" on public.boats for select using (retired_at is null);
create policy gone on public.boats for select to authenticated using (public.keeps(pier));
create policy "{name} of makers" on public.makers for select using (true);
grant select on public.piers, public.keepers to authenticated;
grant select on public.boats, public.makers to anon, authenticated;
"""


@pytest.mark.parametrize(
    ("facts", "boats", "makers"),
    [
        ({"name": "catalogue", "more": ""}, Status.PASSED, Status.PASSED),
        ({"name": "read", "more": ""}, Status.UNKNOWN, Status.UNKNOWN),
        (
            {"name": "catalogue", "more": "owed_amount numeric not null default 3,"},
            Status.FAILED,
            Status.PASSED,
        ),
    ],
    ids=["called so", "called otherwise", "with what is owed"],
)
def test_a_catalogue_says_that_it_is_one(server, tmp_path, facts, boats, makers):
    with system(server, tmp_path, BOATS.format(**facts)) as target:
        found = by_subject(judged(target, "ISO001"))
    assert (found["public.boats"].status, found["public.makers"].status) == (boats, makers), found
