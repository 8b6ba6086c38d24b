"""Whom a row keeps out stays out although he does not see it: a policy looks with the eyes of its reader."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

DARKROOM = """
create table public.clubs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.club_members (
  club_id uuid not null references public.clubs, user_id uuid not null references auth.users,
  role text not null default 'member' check (role in ('member', 'warden')), primary key (club_id, user_id));
create table public.bans (club_id uuid not null references public.clubs, user_id uuid not null references auth.users, primary key (club_id, user_id));
create table public.negatives (id bigint generated always as identity primary key, club_id uuid not null references public.clubs, shows text not null);
create function public.belongs(c uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.club_members m where m.club_id = c and m.user_id = auth.uid()) $$;
create function public.wardens(c uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.club_members m where m.club_id = c and m.user_id = auth.uid() and m.role = 'warden') $$;
create function public.banned(c uuid) returns boolean language plpgsql stable {rights} set search_path = '' as $$
begin
  return exists (select from public.bans b where b.club_id = c and b.user_id = auth.uid());
end $$;
create function public.welcome(c uuid) returns boolean language plpgsql stable {rights} set search_path = '' as $$
begin
  if exists (select from public.bans b where b.club_id = c and b.user_id = auth.uid()) then
    return false;
  end if;
  return public.belongs(c);
end $$;
alter table public.clubs enable row level security;
alter table public.club_members enable row level security;
alter table public.bans enable row level security;
alter table public.negatives enable row level security;
create policy s on public.clubs for select to authenticated using (public.belongs(id));
create policy s on public.club_members for select to authenticated using (public.belongs(club_id));
create policy w on public.bans for all to authenticated using (public.wardens(club_id)) with check (public.wardens(club_id));
create policy s on public.negatives for select to authenticated using ({asked});
revoke all on public.clubs, public.club_members, public.bans, public.negatives from anon, authenticated;
grant select on public.clubs, public.club_members, public.negatives to authenticated;
grant select, insert, delete on public.bans to authenticated;
"""
ABSENT = (
    "public.belongs(club_id) and not exists (select from public.bans b where b.club_id = negatives.club_id"
    " and b.user_id = (select auth.uid()))"
)
UNLISTED = (
    "public.belongs(club_id) and (select auth.uid()) not in (select b.user_id from public.bans b where b.club_id = "
    "negatives.club_id)"
)
DENIED = "public.belongs(club_id) and not public.banned(club_id)"
SEEN = "create policy mine on public.bans for select to authenticated using (user_id = (select auth.uid()));"


@pytest.mark.parametrize(
    ("asked", "rights", "more", "fails"),
    [
        (ABSENT, "", "", True),
        (UNLISTED, "", "", True),
        (DENIED, "", "", True),
        ("public.welcome(club_id)", "", "", True),
        (ABSENT, "", SEEN, False),
        (DENIED, "security definer", "", False),
        ("public.welcome(club_id)", "security definer", "", False),
        ("public.belongs(club_id)", "", "", False),
    ],
)
def test_who_is_banned_reads_nothing_though_he_does_not_see_the_ban(
    server, tmp_path, asked, rights, more, fails
):
    with system(server, tmp_path, DARKROOM.format(asked=asked, rights=rights) + more) as target:
        found = by_subject(judged(target, "ISO001"))["public.negatives"]
    assert found.status is (Status.FAILED if fails else Status.PASSED), found.detail
    assert ("a row of hers in public.bans for him that he does not see" in found.detail) is fails
