"""A founder who left does not come back by seeing nobody there."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CHOIRS = """
create table public.choirs (
  id uuid primary key default gen_random_uuid(), name text not null,
  founded_by uuid not null default auth.uid() references auth.users);
create table public.choir_members (
  choir_id uuid not null references public.choirs, user_id uuid not null references auth.users,
  primary key (choir_id, user_id));
create table public.scores (
  id uuid primary key default gen_random_uuid(), choir_id uuid not null references public.choirs, title text not null);
create function public.sings_in(c uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.choir_members m where m.choir_id = c and m.user_id = auth.uid()) $$;
create function public.is_empty(c uuid) returns boolean language sql stable {rights} set search_path = '' as
$$ select not exists (select from public.choir_members m where m.choir_id = c) $$;
alter table public.choirs enable row level security;
alter table public.choir_members enable row level security;
alter table public.scores enable row level security;
create policy own on public.choirs for select to authenticated using (public.sings_in(id) or founded_by = auth.uid());
create policy own on public.choir_members for select to authenticated using (public.sings_in(choir_id));
create policy own on public.scores for select to authenticated using (public.sings_in(choir_id));
create policy found on public.choir_members for insert to authenticated with check (
  user_id = auth.uid()
  and exists (select from public.choirs c where c.id = choir_id and c.founded_by = auth.uid()) {empty});
revoke insert, update, delete on public.choirs, public.choir_members, public.scores from anon, authenticated;
grant insert on public.choir_members to authenticated;
"""
EMPTY = "and public.is_empty(choir_id)"
SYSTEMS = {
    "with his own sight": (("", EMPTY), Status.FAILED),
    "with the sight of the owner": (("security definer", EMPTY), Status.PASSED),
    # Whoever founded it may always enter: nothing hidden decides over that.
    "at any time": (("", ""), Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_a_founder_enters_anew_only_where_he_may_with_open_eyes(server, tmp_path, what):
    (rights, empty), status = SYSTEMS[what]
    made = CHOIRS.format(rights=rights, empty=empty)
    with system(server, tmp_path, made, profile="supabase") as target:
        found = by_subject(judged(target, "ISO006"))
    assert found["public.choir_members"].status is status, found["public.choir_members"].detail
