"""What a policy for one verb leaves to a rank, another one gives to all: told of by whoever has no rank."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

HALL = """
create table public.clubs (no int generated always as identity primary key, called text not null);
create table public.players (
  club int not null references public.clubs, account uuid not null references auth.users,
  standing text not null default 'plain' check (standing in ('plain', 'captain')), primary key (account, club));
create table public.fixtures (
  no int generated always as identity primary key, club int not null references public.clubs,
  entered_by uuid not null default auth.uid() references auth.users, against text not null);
create function public.plays(p_club int) returns boolean language plpgsql stable security definer set search_path = '' as $$
begin return exists (select 1 from public.players p where p.club = p_club and p.account = auth.uid()); end $$;
create function public.leads(p_club int) returns boolean language sql stable security definer set search_path = ''
return exists (select 1 from public.players p where p.club = p_club and p.account = auth.uid() and p.standing = 'captain');
alter table public.clubs enable row level security;
alter table public.players enable row level security;
alter table public.fixtures enable row level security;
create policy mine on public.players for select to authenticated using (account = (select auth.uid()));
create policy own on public.clubs for select to authenticated using (public.plays(no));
create policy shown on public.fixtures for select to authenticated using (public.plays(club));
create policy seen on public.fixtures for {first} to authenticated using ({wide});
create policy struck on public.fixtures for {second} to authenticated using ({narrow});
grant select on public.clubs, public.players to authenticated;
grant select, insert, update, delete on public.fixtures to authenticated;
"""
GUARD = """
create function public.guard() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if not public.leads(old.club) then raise exception 'captains only' using errcode = '42501'; end if;
  return old;
end $$;
create trigger guard before delete on public.fixtures for each row execute function public.guard();
"""
STRICT = "create policy captains on public.fixtures as restrictive for delete to authenticated using (public.leads(club));"
MEMBERS, CAPTAINS = "public.plays(club)", "public.leads(club)"


@pytest.mark.parametrize(
    ("changed", "failing"),
    [
        ({}, {"ISO004"}),
        ({"second": "update"}, {"ISO002"}),
        ({"first": "select"}, set()),
        ({"wide": f"{MEMBERS} and entered_by = (select auth.uid())"}, set()),
        ({"wide": CAPTAINS, "narrow": MEMBERS}, set()),
        ({"more": GUARD}, set()),
        ({"more": STRICT}, set()),
        ({"narrow": f"{MEMBERS} and against <> ''"}, set()),
    ],
    ids=["delete", "update", "for select", "own rows", "the other way round", "trigger", "restrictive", "no rank"],
)  # fmt: skip
def test_a_rank_that_another_policy_does_not_ask_for(server, tmp_path, changed, failing):
    said = {"first": "all", "wide": MEMBERS, "second": "delete", "narrow": CAPTAINS, "more": ""} | changed
    with system(server, tmp_path, HALL.format(**said) + said["more"]) as target:
        found = {
            one: by_subject(judged(target, one))["public.fixtures"] for one in ("ISO002", "ISO003", "ISO004")
        }
    assert {one for one, finding in found.items() if finding.status is Status.FAILED} == failing
    for one in failing:
        assert "standing = 'plain' in public.players" in found[one].detail
        assert (
            "policy seen, which is FOR ALL, so that policy struck keeps nobody from it" in found[one].detail
        )


SHELVES = """
create table public.archives (id uuid primary key default gen_random_uuid(), name text not null);
create table public.shelves (id uuid primary key default gen_random_uuid(), archive_id uuid not null references public.archives, label text not null);
alter table public.archives enable row level security;
alter table public.shelves enable row level security;
create policy own on public.archives for select to authenticated using (id = {archive});
create policy ours on public.shelves for {command} to authenticated using (archive_id = {archive});
create policy keepers on public.shelves for delete to authenticated using (archive_id = {archive} and {keeper});
grant select on public.archives to authenticated;
grant select, insert, update, delete on public.shelves to authenticated;
"""
CARDS = """
create table public.cards (id uuid primary key references auth.users, archive_id uuid not null, "Duty" text not null default 'visitor');
alter table public.cards enable row level security;
create policy own on public.cards for select to authenticated using (id = (select auth.uid()));
create function public.archive() returns uuid language sql stable security definer set search_path = '' as
  $$ select c.archive_id from public.cards c where c.id = auth.uid() $$;
create function public.keeps() returns boolean language sql stable security definer set search_path = '' as
  $$ select exists (select from public.cards c where c.id = auth.uid() and c."Duty" in ('keeper', 'head')) $$;
"""
BELONG = "alter table public.cards add foreign key (archive_id) references public.archives;"
BY_CARD = (CARDS, "public.archive()", "public.keeps()", BELONG)
CLAIM = "(auth.jwt() -> 'app_metadata' ->> '{}')"
BY_TOKEN = ("", CLAIM.format("archive_id") + "::uuid", CLAIM.format("role") + " = 'keeper'", "")


@pytest.mark.parametrize("told", [BY_CARD, BY_TOKEN], ids=["card", "token"])
@pytest.mark.parametrize(("command", "status"), [("all", Status.FAILED), ("select", Status.PASSED)])
def test_whoever_has_no_rank_that_is_known(server, tmp_path, told, command, status):
    first, archive, keeper, last = told
    made = first + SHELVES.format(archive=archive, keeper=keeper, command=command) + last
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO004"))["public.shelves"]
    assert found.status is status, found.detail
    assert ("a colleague of no rank" in found.detail) is (status is Status.FAILED)
