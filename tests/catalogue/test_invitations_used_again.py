"""What lets somebody in once lets nobody in who was shown the door; a standing link is meant to."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BOATS = """
create table public.boats (id uuid primary key default gen_random_uuid(), title text not null);
create table public.crews (
  boat uuid not null references public.boats on delete cascade, sailor uuid not null references auth.users,
  primary key (boat, sailor));
create table public.offers (
  id uuid primary key default gen_random_uuid(), boat uuid not null references public.boats,
  invitee uuid not null references auth.users, invited_by uuid not null default auth.uid() references auth.users,
  status text not null default 'pending' check (status in ('pending', 'accepted', 'declined')),
  answered_at timestamptz, last_seen timestamptz);
create function public.aboard(b uuid) returns boolean language sql stable security definer set search_path = ''
  as $$ select exists (select from public.crews c where c.boat = b and c.sailor = auth.uid()) $$;
create function public.come_aboard(offer uuid) returns void language sql security definer set search_path = '' as $$
  with o as (
    update public.offers o set {noted} where o.id = offer and o.invitee = auth.uid() and {asked} returning o.boat)
  insert into public.crews select o.boat, auth.uid() from o on conflict do nothing $$;
alter table public.boats enable row level security;
alter table public.crews enable row level security;
alter table public.offers enable row level security;
create policy own on public.boats for select to authenticated using (public.aboard(id));
create policy own on public.crews for select to authenticated using (public.aboard(boat));
create policy off on public.crews for delete to authenticated using (public.aboard(boat));
create policy own on public.offers for select to authenticated using (invitee = auth.uid() or public.aboard(boat));
create policy make on public.offers for insert to authenticated
  with check (public.aboard(boat) and invited_by = auth.uid());
revoke all on public.boats, public.crews, public.offers from anon, authenticated;
grant select on public.boats, public.crews, public.offers to authenticated;
grant delete on public.crews to authenticated;
grant insert (boat, invitee) on public.offers to authenticated;
revoke execute on function public.come_aboard(uuid) from public, anon;
"""
FORGETS = """
create function public.forget() returns trigger language plpgsql security definer set search_path = '' as
$$ begin delete from public.offers o where o.boat = old.boat and o.invitee = old.sailor; return null; end $$;
create trigger forget after delete on public.crews for each row execute function public.forget();
"""
STATUS, TIME, SEEN = "status = 'accepted'", "answered_at = now()", "last_seen = now()"


@pytest.mark.parametrize(
    ("noted", "asked", "more", "status"),
    [
        (STATUS, "o.status <> 'declined'", "", Status.FAILED),
        (TIME, "true", "", Status.FAILED),
        (STATUS, "o.status = 'pending'", "", Status.PASSED),
        (TIME, "o.answered_at is null", "", Status.PASSED),
        # Nothing says that it is used up.
        (SEEN, "true", "", Status.PASSED),
        (STATUS, "o.status <> 'declined'", FORGETS, Status.PASSED),
    ],
    ids=[
        "a word",
        "a time",
        "a word, asked",
        "a time, asked",
        "as often as one likes",
        "gone with the place",
    ],
)
def test_who_was_put_ashore_stays_there(server, tmp_path, noted, asked, more, status):
    with system(server, tmp_path, BOATS.format(noted=noted, asked=asked), more) as target:
        found = by_subject(judged(target, "ISO005"))["public.come_aboard(offer uuid)"]
        again = replay(target, found.reproduce, marks(found.detail)) if status is Status.FAILED else None
    assert found.status is status, found.detail
    if again:
        assert "taken from him, by what public.offers gave him once" in found.detail
        assert again.got, again


CLUBS = """
create table public.clubs (id uuid primary key default gen_random_uuid(), title text not null);
create table public.members (
  club uuid not null references public.clubs, person uuid not null references auth.users, active boolean not null default true,
  primary key (club, person));
create table public.entries (
  token uuid primary key default gen_random_uuid(), club uuid not null references public.clubs,
  uses int not null default 0, last_used_at timestamptz, used_at timestamptz);
create function public.is_in(c uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.members m where m.club = c and m.person = auth.uid() and m.active) $$;
create function public.enter_club(p_token uuid) returns void language plpgsql security definer set search_path = '' as $$
declare c uuid;
begin
  update public.entries e set {noted} where e.token = p_token returning e.club into c;
  insert into public.members select c, auth.uid() where c is not null on conflict (club, person) {again};
end $$;
alter table public.clubs enable row level security;
alter table public.members enable row level security;
alter table public.entries enable row level security;
create policy own on public.clubs for select to authenticated using (public.is_in(id));
create policy own on public.members for select to authenticated using (public.is_in(club));
create policy off on public.members for update to authenticated using (public.is_in(club));
create policy own on public.entries for select to authenticated using (public.is_in(club));
revoke all on public.clubs, public.members, public.entries from anon, authenticated;
grant select on public.clubs, public.members, public.entries to authenticated;
grant update (active) on public.members to authenticated;
revoke execute on function public.enter_club(uuid) from public, anon;
"""
BACK = "do update set active = true"


@pytest.mark.parametrize(
    ("noted", "again", "status"),
    [
        ("used_at = now()", BACK, Status.FAILED),
        # Nobody takes rows of members away, and one that is there stays as it is.
        ("used_at = now()", "do nothing", Status.PASSED),
        ("uses = e.uses + 1, last_used_at = now()", BACK, Status.PASSED),
    ],
    ids=["used once", "kept out", "a standing link"],
)
def test_a_standing_link_lets_in_whoever_has_it(server, tmp_path, noted, again, status):
    with system(server, tmp_path, CLUBS.format(noted=noted, again=again)) as target:
        found = by_subject(judged(target, "ISO005"))["public.enter_club(p_token uuid)"]
    assert found.status is status, found.detail
