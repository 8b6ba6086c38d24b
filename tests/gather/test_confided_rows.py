"""What is kept from somebody by a word or a switch in it is told to him nowhere else, and below it neither."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

GRANGES = """
create table public.granges (id uuid primary key default gen_random_uuid(), name text not null);
create table public.grange_members (
  grange uuid not null references public.granges, person uuid not null references auth.users,
  keeps_books boolean not null default false, primary key (grange, person));
create table public.reports (
  id uuid primary key default gen_random_uuid(), grange uuid not null references public.granges,
  author uuid not null default auth.uid() references auth.users, {column}, body text not null);
create table public.scans (
  id uuid primary key default gen_random_uuid(), report uuid not null references public.reports,
  {own} caption text not null);
create table public.digest (
  id bigint generated always as identity primary key, grange uuid not null references public.granges,
  line text not null);
create function public.belongs(g uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.grange_members m where m.grange = g and m.person = auth.uid()) $$;
create function public.keeps(g uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.grange_members m
   where m.grange = g and m.person = auth.uid() and m.keeps_books) $$;
create function public.grange_of(r uuid) returns uuid language sql stable security definer set search_path = '' as
$$ select grange from public.reports where id = r $$;
create function public.told() returns trigger language plpgsql security definer set search_path = '' as
$$ begin {copies} return new; end $$;
create trigger told after insert on public.reports for each row execute function public.told();
alter table public.granges enable row level security;
alter table public.grange_members enable row level security;
alter table public.reports enable row level security;
alter table public.scans enable row level security;
alter table public.digest enable row level security;
create policy own on public.granges for select to authenticated using (public.belongs(id));
create policy own on public.grange_members for select to authenticated using (public.belongs(grange));
create policy own on public.reports for select to authenticated using (
  public.keeps(grange) or (public.belongs(grange) and (author = auth.uid() or {open})));
create policy written on public.reports for insert to authenticated with check (
  author = auth.uid() and public.belongs(grange));
create policy own on public.scans for select to authenticated using ({scans});
create policy own on public.digest for select to authenticated using (public.belongs(grange));
grant usage on schema public to authenticated;
revoke all on public.granges, public.grange_members, public.reports, public.scans, public.digest from anon, authenticated;
grant select on public.granges, public.grange_members, public.reports, public.scans, public.digest to authenticated;
grant insert (grange, {name}, body) on public.reports to authenticated;
"""
SWITCH = {
    "name": "confidential",
    "column": "confidential boolean not null default false",
    "open": "not confidential",
}
WORD = {
    "name": "circle",
    "column": "circle text not null default 'all' check (circle in ('all', 'internal'))",
    "open": "circle = 'all'",
}
SHOWN = {
    "name": "shared_with_members",
    "column": "shared_with_members boolean not null default true",
    "open": "shared_with_members",
}
# How far work has come, or that something is old, keeps nothing from anybody.
STAGE = {"name": "archived", "column": "archived boolean not null default false", "open": "not archived"}
COPY = "insert into public.digest (grange, line) values (new.grange, new.body);"
BELOW, BESIDE = (
    "exists (select from public.reports r where r.id = report)",
    "public.belongs(public.grange_of(report))",
)
OWN = "confidential boolean not null default false,"


def _made(kind, **other):
    values = {"own": "", "copies": "", "scans": BELOW, **kind, **other}
    return GRANGES.format(**values)


KINDS = pytest.mark.parametrize("kind", [SWITCH, WORD, SHOWN], ids=["switch", "word", "shown to some"])


@KINDS
def test_what_hangs_on_a_row_that_is_kept_from_somebody_is_kept_from_him(server, tmp_path, kind):
    with system(server, tmp_path, _made(kind, scans=BESIDE)) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.scans"].status is Status.FAILED, found["public.scans"].detail
    assert "may not read it in public.reports" in found["public.scans"].detail
    assert found["public.reports"].status is Status.PASSED, found["public.reports"].detail


@KINDS
def test_what_copies_rows_leaves_out_those_that_are_kept_from_its_readers(server, tmp_path, kind):
    with system(server, tmp_path, _made(kind, copies=COPY)) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.digest"].status is Status.FAILED, found["public.digest"].detail
    assert "may not read it in public.reports" in found["public.digest"].detail


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        (SWITCH, {}),
        (WORD, {}),
        (SHOWN, {}),
        (SWITCH, {"copies": f"if not new.confidential then {COPY} end if;"}),
        (SWITCH, {"copies": "insert into public.digest (grange, line) values (new.grange, 'a report');"}),
        (STAGE, {"scans": BESIDE, "copies": COPY}),
        (SWITCH, {"own": OWN, "scans": f"{BESIDE} and not scans.confidential"}),
    ],
    ids=["switch", "word", "shown", "copied if open", "counted", "a stage", "says for itself"],
)
def test_what_is_shown_of_such_rows_to_those_who_read_them_is_sound(server, tmp_path, kind, other):
    with system(server, tmp_path, _made(kind, **other)) as target:
        found = by_subject(judged(target, "ISO001"))
    for name in ("public.reports", "public.scans", "public.digest"):
        assert found[name].status is Status.PASSED, found[name].detail


PEOPLE = """
create table public.profiles (
  id uuid primary key references auth.users, is_private boolean not null default false, name text not null);
alter table public.granges add column kept_by uuid references public.profiles;
create table public.chores (
  id uuid primary key default gen_random_uuid(), grange uuid not null references public.granges,
  created_by uuid not null default auth.uid() references public.profiles, title text not null);
create function public.near(p uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.grange_members a join public.grange_members b using (grange)
   where a.person = auth.uid() and b.person = p) $$;
alter table public.profiles enable row level security;
alter table public.chores enable row level security;
create policy own on public.profiles for select to authenticated using (
  id = auth.uid() or (not is_private and public.near(id)));
create policy own on public.chores for select to authenticated using (public.belongs(grange));
revoke all on public.profiles, public.chores from anon, authenticated;
grant select on public.profiles, public.chores to authenticated;
"""


def test_rows_that_name_somebody_whose_profile_is_private_hang_on_no_row_that_is_kept(server, tmp_path):
    with system(server, tmp_path, _made(SWITCH) + PEOPLE) as target:
        found = by_subject(judged(target, "ISO001"))
    for name in ("public.profiles", "public.chores"):
        assert found[name].status is Status.PASSED, found[name].detail


ONCE = """
alter table public.grange_members add column left_at timestamptz;
create or replace function public.belongs(g uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.grange_members m
   where m.grange = g and m.person = auth.uid() and m.left_at is null) $$;
create function public.once(g uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.grange_members m where m.grange = g and m.person = auth.uid()) $$;
alter policy own on public.scans using (listed and public.once(public.grange_of(report)));
"""


def test_what_is_kept_from_one_is_told_though_others_read_what_is_listed(server, tmp_path):
    own = "listed boolean not null default true,"
    with system(server, tmp_path, _made(SWITCH, own=own, scans=BESIDE) + ONCE) as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.scans"].status is Status.FAILED, found["public.scans"].detail
    assert "may not read it in public.reports" in found["public.scans"].detail
