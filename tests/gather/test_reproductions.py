"""What a finding gives to paste shows the theft in a fresh copy, where nothing but the migrations was run."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from systems import by_subject, judged, system

CLOSED = """
create table public.notes (id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, body text not null);
alter table public.notes enable row level security;
create policy own on public.notes using (user_id = auth.uid()) with check (user_id = auth.uid());
"""
TEAMS = """
create table public.teams (id uuid primary key default gen_random_uuid(), name text not null);
create table public.team_members (team_id uuid not null references public.teams, user_id uuid not null references auth.users, role text not null default 'member', primary key (team_id, user_id));
create table public.plans (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams, title text not null);
alter table public.teams enable row level security;
alter table public.team_members enable row level security;
alter table public.plans enable row level security;
create policy mine on public.team_members using (user_id = auth.uid());
"""
MEMBER = "exists (select from public.team_members m where {} m.user_id = auth.uid())"
HUNG = """
create table public.jobs (id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users);
create table public.bills (id uuid primary key default gen_random_uuid(), job uuid not null references public.jobs, biller uuid not null references auth.users, note text not null);
alter table public.jobs enable row level security;
alter table public.bills enable row level security;
create policy own on public.jobs for select using (owner_id = auth.uid());
create policy own on public.bills for select using (biller = auth.uid() or job in (select id from public.jobs));
create policy bill on public.bills for insert with check (biller = auth.uid() and job in (select id from public.jobs));
create policy mend on public.bills for update using (biller = auth.uid()) with check (biller = auth.uid());
"""
SCHOOLS = """
create table public.schools (id uuid primary key default gen_random_uuid(), name text not null);
create table public.teachers (user_id uuid primary key references auth.users, school_id uuid references public.schools);
create table public.grades (id uuid primary key default gen_random_uuid(), school_id uuid not null references public.schools, mark text not null);
alter table public.schools enable row level security;
alter table public.teachers enable row level security;
alter table public.grades enable row level security;
create policy own on public.teachers using (user_id = auth.uid());
create policy r on public.grades for select using (exists (select from public.teachers t where t.user_id = auth.uid() and t.school_id is not null));
create function public.on_account() returns trigger language plpgsql security definer set search_path = '' as $$
begin insert into public.teachers values (new.id, (new.raw_app_meta_data ->> 'school_id')::uuid); return new; end $$;
create trigger t after insert on auth.users for each row execute function public.on_account();
"""
CLUBS = """
create table public.clubs (id uuid primary key default gen_random_uuid(), founder uuid not null references auth.users);
create table public.guests (club uuid references public.clubs on delete cascade, guest uuid references auth.users, primary key (club, guest));
create table public.posts (id uuid primary key default gen_random_uuid(), author uuid not null references auth.users,
  club uuid references public.clubs on delete set null, body text not null);
alter table public.clubs enable row level security;
alter table public.guests enable row level security;
alter table public.posts enable row level security;
create policy own on public.guests for select using (guest = auth.uid());
create policy own on public.clubs for select using (founder = auth.uid() or id in (select club from public.guests where guest = auth.uid()));
create policy gone on public.clubs for delete using (founder = auth.uid());
create policy own on public.posts for select using (author = auth.uid());
create policy free on public.posts for select to anon, authenticated using (club is null);
"""
ENTRIES = """
create table public.entries (id uuid primary key default gen_random_uuid(), team_id uuid not null references public.teams,
  author uuid not null default auth.uid() references auth.users, private boolean not null default false, body text not null);
create table public.lines (id bigint generated always as identity primary key, team_id uuid not null references public.teams, line text not null);
create function public.belongs(t uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.team_members m where m.team_id = t and m.user_id = auth.uid()) $$;
create function public.lined() returns trigger language plpgsql security definer set search_path = '' as
$$ begin insert into public.lines (team_id, line) values (new.team_id, new.body); return new; end $$;
create trigger lined after insert on public.entries for each row execute function public.lined();
alter table public.entries enable row level security;
alter table public.lines enable row level security;
create policy own on public.entries for select using (public.belongs(team_id) and (author = auth.uid() or not private));
create policy write on public.entries for insert with check (public.belongs(team_id) and author = auth.uid());
create policy own on public.lines for select using (public.belongs(team_id));
"""
SYSTEMS = {
    "a view": (CLOSED + "create view public.board as select * from public.notes;", "ISO001", "public.board"),
    "a view over a view": (
        CLOSED + "create view public.base as select * from public.notes; create view public.board as select body from public.base;",
        *("ISO001", "public.board"),
    ),
    "any membership": (
        TEAMS + f"create policy r on public.plans for select using ({MEMBER.format('')});",
        *("ISO001", "public.plans"),
    ),
    "a membership of one's own making": (
        TEAMS + f"create policy r on public.plans for select using ({MEMBER.format('m.team_id = plans.team_id and')});",
        *("ISO006", "public.team_members"),
    ),
    "a function": (
        CLOSED + "create function public.peek(note uuid) returns text language sql stable security definer as 'select body from public.notes where id = note';",
        *("ISO005", "public.peek(note uuid)"),
    ),
    "a tenant that an account names": (SCHOOLS, "ISO001", "public.grades"),
    "what a delete publishes": (CLUBS, "ISO006", "public.clubs"),
    "a copy that her colleague reads": (TEAMS + ENTRIES, "ISO001", "public.lines"),
    "a row below hers": (HUNG, "ISO003", "public.bills"),
}  # fmt: skip


@pytest.mark.parametrize("name", SYSTEMS)
def test_it_can_be_seen_again(server, tmp_path, name):
    sql, check, subject = SYSTEMS[name]
    with system(server, tmp_path, sql) as target:
        finding = by_subject(judged(target, check))[subject]
        assert finding.reproduce, finding
        found = replay(target, finding.reproduce, marks(finding.detail))
    assert found.got, (found, finding.reproduce)
