"""Paths say by their beginning whose a row is, and a name that a policy mistakes is given what it asks for."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHEETS = """
create table public.orgs (id {kind} primary key {drawn}, title text not null);
create table public.seats (
  org_id {kind} not null references public.orgs, user_id uuid not null references auth.users, primary key (org_id, user_id));
create table public.sheets (
  place text primary key, put_by uuid not null default auth.uid() references auth.users, said text not null default '');
alter table public.orgs enable row level security;
alter table public.seats enable row level security;
alter table public.sheets enable row level security;
create policy own on public.seats for select to authenticated using (user_id = auth.uid());
create policy own on public.orgs for select to authenticated
  using (id in (select s.org_id from public.seats s where s.user_id = auth.uid()));
create policy see on public.sheets for select to authenticated using ({first} in (
  select s.org_id::text from public.seats s where s.user_id = auth.uid()));
create policy put on public.sheets for insert to authenticated with check (put_by = auth.uid() and {check});
revoke insert, update, delete on public.sheets from anon, authenticated;
grant insert ({granted}) on public.sheets to authenticated;
"""
KINDS = {"uuid": "default gen_random_uuid()", "bigint": "generated always as identity", "text": ""}
FIRST = ["split_part(place, ':', 1)", "(string_to_array(place, '/'))[1]"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("first", FIRST)
@pytest.mark.parametrize("granted", ["place, said", "place, put_by, said"])
@pytest.mark.parametrize("status", [Status.FAILED, Status.PASSED])
def test_what_is_put_into_the_folder_of_another_tenant_is_forged(
    server, tmp_path, kind, first, granted, status
):
    seats = f"{first} in (select s.org_id::text from public.seats s where s.user_id = auth.uid())"
    check = seats if status is Status.PASSED else f"{first} <> ''"
    made = SHEETS.format(kind=kind, drawn=KINDS[kind], first=first, check=check, granted=granted)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO003"))["public.sheets"]
        seen = by_subject(judged(target, "ISO001"))["public.sheets"]
    assert found.status is status, found.detail
    assert seen.status is Status.PASSED, seen.detail


MISTAKEN = """
create table public.safes (
  id bigint generated always as identity primary key, holder uuid not null references auth.users, {column} text not null default '');
create table public.things (
  id uuid primary key default gen_random_uuid(), code text not null, put_by uuid not null references auth.users, said text not null);
alter table public.safes enable row level security;
alter table public.things enable row level security;
create policy own on public.safes for select to authenticated using (holder = auth.uid());
create policy own on public.things for select to authenticated using (put_by = auth.uid());
create policy near on public.things for select to authenticated using (
  exists (select from public.safes s where s.holder = auth.uid() and {first} = s.id::text));
create policy rename on public.safes for update to authenticated using (holder = auth.uid()) with check (holder = auth.uid());
revoke insert, update, delete on public.safes, public.things from anon, authenticated;
grant update ({granted}) on public.safes to authenticated;
"""


@pytest.mark.parametrize("first", ["split_part(code, ':', 1)", "code"])
@pytest.mark.parametrize(
    ("column", "granted", "status"),
    [
        ("code", "code", Status.FAILED),
        ("title", "title", Status.PASSED),  # no such name inside: it is the outer row's
    ],
)
def test_a_name_inside_a_subquery_is_the_rows_own(server, tmp_path, first, column, granted, status):
    with system(server, tmp_path, MISTAKEN.format(first=first, column=column, granted=granted)) as target:
        failed = [one for one in judged(target, "ISO006").findings if one.status is Status.FAILED]
    assert [one.subject for one in failed] == (["public.safes"] if status is Status.FAILED else [])
