"""What was given to somebody opens nothing once it is taken back."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ALBUMS = """
create table public.albums (
  id uuid primary key default gen_random_uuid(), owner_id uuid not null default auth.uid() references auth.users,
  caption text not null);
create table public.passes (
  id uuid primary key default gen_random_uuid(), album_id uuid not null references public.albums,
  given_by uuid not null default auth.uid() references auth.users,
  token uuid not null unique default gen_random_uuid(), {columns});
alter table public.albums enable row level security;
alter table public.passes enable row level security;
create policy own on public.albums for all to authenticated using (owner_id = auth.uid()) with check (owner_id = auth.uid());
create policy own on public.passes for all to authenticated using (given_by = auth.uid()) with check (given_by = auth.uid());
create function public.look(p_token uuid) returns setof text language sql security definer set search_path = '' as $$
  select {told} from public.albums a join public.passes p on p.album_id = a.id
  where p.token = p_token and {asked} $$;
"""
TIMES = "expires_at timestamptz, revoked_at timestamptz"
WORD = "state text not null default 'given' check (state in ('given', 'withdrawn'))"
SYSTEMS = {
    "taken back": (TIMES, "(p.expires_at is null or p.expires_at > now())", "revoked_at = 2001-01-01"),
    "expired": (TIMES, "p.revoked_at is null", "expires_at = 2001-01-01"),
    "switched off": ("active boolean not null default true", "true", "active = false"),
    "by a word": (WORD, "true", "state = withdrawn"),
    "asked": (TIMES, "p.expires_at > now() and p.revoked_at is null", ""),
    "a word that is asked": (WORD, "p.state = 'given'", ""),
    # Who puts a link aside in her list takes nothing back.
    "put aside": ("archived_at timestamptz", "true", ""),
    # Whoever is told that it is over is told of what.
    "says so": ("cancelled_at timestamptz", "true", ""),
    # What is something by itself, as an order is, may be looked at when it is cancelled.
    "no mere link": ("cancelled_at timestamptz, wishes text not null", "true", ""),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_a_link_that_was_given(server, tmp_path, what):
    columns, asked, said = SYSTEMS[what]
    told = "a.caption" if what != "says so" else "a.caption || coalesce(' until ' || p.cancelled_at, '')"
    with system(server, tmp_path, ALBUMS.format(columns=columns, asked=asked, told=told)) as target:
        found = by_subject(judged(target, "ISO005"))["public.look(p_token uuid)"]
        assert found.status is (Status.FAILED if said else Status.PASSED), found.detail
        assert f"by what public.passes gave him, though {said}." in found.detail or not said
        if said:
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)


CHOIRS = """
create table public.choirs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.choir_members (
  choir_id uuid not null references public.choirs, user_id uuid not null references auth.users,
  role text not null default 'singer', primary key (choir_id, user_id));
create table public.invitations (
  id uuid primary key default gen_random_uuid(), choir_id uuid not null references public.choirs,
  email text not null, token uuid not null unique default gen_random_uuid(), withdrawn_at timestamptz,
  accepted_at timestamptz);
create function public.sings(c uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.choir_members m where m.choir_id = c and m.user_id = auth.uid()) $$;
alter table public.choirs enable row level security;
alter table public.choir_members enable row level security;
alter table public.invitations enable row level security;
create policy own on public.choirs for select to authenticated using (public.sings(id));
create policy own on public.choir_members for select to authenticated using (public.sings(choir_id));
create policy own on public.invitations for select to authenticated using (public.sings(choir_id));
create function public.join_choir(p_token uuid) returns void language plpgsql security definer set search_path = '' as $$
declare i public.invitations;
begin
  select * into i from public.invitations o where o.token = p_token and o.email = auth.jwt() ->> 'email'
    and o.accepted_at is null and {asked};
  if not found then raise exception 'no such invitation'; end if;
  insert into public.choir_members (choir_id, user_id) values (i.choir_id, auth.uid());
  update public.invitations set accepted_at = now() where id = i.id;
end $$;
revoke insert, update, delete on public.choirs, public.choir_members, public.invitations from anon, authenticated;
"""


@pytest.mark.parametrize(
    ("asked", "status"), [("true", Status.FAILED), ("o.withdrawn_at is null", Status.PASSED)]
)
def test_an_invitation_that_was_taken_back(server, tmp_path, asked, status):
    with system(server, tmp_path, CHOIRS.format(asked=asked)) as target:
        found = by_subject(judged(target, "ISO005"))["public.join_choir(p_token uuid)"]
    assert found.status is status, found.detail
    assert (
        status is Status.PASSED
        or "a place in public.choir_members, by what public.invitations" in found.detail
    )
