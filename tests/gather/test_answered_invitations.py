"""Who is invited chooses whether he comes, and neither where to nor as what."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

CLUBS = """
create table public.clubs (id uuid primary key default gen_random_uuid(), name text not null);
create table public.club_members (
  club_id uuid not null references public.clubs, user_id uuid not null references auth.users,
  rank text not null check (rank in ('guest', 'player', 'coach')), primary key (club_id, user_id));
create table public.invitations (
  id uuid primary key default gen_random_uuid(), club_id uuid not null references public.clubs,
  invitee uuid not null references auth.users,
  rank text not null default 'guest' check (rank in ('guest', 'player', 'coach')),
  answer text not null default 'none' check (answer in ('none', 'yes', 'no')));
create table public.lineups (
  id uuid primary key default gen_random_uuid(), club_id uuid not null references public.clubs, names text not null);
create function public.rank_in(c uuid) returns text language sql stable security definer set search_path = '' as
$$ select rank from public.club_members where club_id = c and user_id = auth.uid() $$;
create function public.answered() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if new.answer = 'yes' and old.answer = 'none' then
    insert into public.club_members values (new.club_id, new.invitee, new.rank) on conflict do nothing;
  end if;
  return new;
end $$;
create trigger answered before update on public.invitations for each row execute function public.answered();
alter table public.clubs enable row level security;
alter table public.club_members enable row level security;
alter table public.invitations enable row level security;
alter table public.lineups enable row level security;
create policy own on public.clubs for select to authenticated using (public.rank_in(id) is not null);
create policy own on public.club_members for select to authenticated using (public.rank_in(club_id) is not null);
create policy own on public.lineups for select to authenticated using ({readers});
create policy give on public.invitations for insert to authenticated with check (public.rank_in(club_id) = 'coach');
create policy own on public.invitations for select to authenticated using (invitee = auth.uid());
create policy answer on public.invitations for update to authenticated
  using (invitee = auth.uid() and answer = 'none') with check (invitee = auth.uid() and answer <> 'none');
revoke insert, update, delete on public.clubs, public.club_members, public.lineups from anon, authenticated;
revoke update on public.invitations from anon, authenticated;
grant update ({granted}) on public.invitations to authenticated;
"""
ANY, COACHES = "public.rank_in(club_id) is not null", "public.rank_in(club_id) = 'coach'"


@pytest.mark.parametrize(
    ("granted", "readers", "status"),
    [
        ("answer, club_id", ANY, Status.FAILED),
        ("answer, club_id, rank", COACHES, Status.FAILED),
        ("answer", ANY, Status.PASSED),
    ],
    ids=["where to", "where to, and as what", "neither"],
)
def test_an_invitation_is_accepted_to_another_place(server, tmp_path, granted, readers, status):
    with system(server, tmp_path, CLUBS.format(granted=granted, readers=readers)) as target:
        found = by_subject(judged(target, "ISO006"))["public.invitations"]
    assert found.status is status, found.detail
