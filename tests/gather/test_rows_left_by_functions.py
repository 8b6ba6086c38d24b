"""A function may leave a row for somebody as a sign-up does; what it gives back of his is a leak."""

import pytest

from pytest_readiness.settings import Isolation
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

COURSES = """
create table public.studios (id uuid primary key default gen_random_uuid(), owner_id uuid not null default auth.uid() references auth.users, title text not null, listed boolean not null default true, public boolean not null default true);
create table public.trainers (
  studio_id uuid not null references public.studios, user_id uuid not null references auth.users, primary key (studio_id, user_id));
create table public.trials (
  id uuid primary key default gen_random_uuid(), studio_id uuid not null references public.studios, email text not null,
  wish text, {more} cancel_token uuid not null default gen_random_uuid(), came_at timestamptz,
  asked_at timestamptz not null default now(), unique (studio_id, email));
create table public.outbox (
  id bigint primary key generated always as identity, trial_id uuid not null references public.trials, kind text not null);
alter table public.studios enable row level security;
alter table public.trainers enable row level security;
alter table public.trials enable row level security;
alter table public.outbox enable row level security;
create function public.trains(s uuid) returns boolean language sql stable security definer set search_path = ''
  return exists (select from public.studios o where o.id = s and o.owner_id = auth.uid())
      or exists (select from public.trainers t where t.studio_id = s and t.user_id = auth.uid());
create policy open on public.studios for select to anon, authenticated using ({shown});
create policy own on public.studios to authenticated using (owner_id = auth.uid());
create policy mine on public.trainers for select to authenticated using (user_id = auth.uid());
create policy ours on public.trials for select to authenticated using (public.trains(studio_id));
create function public.ask_for_trial(p_studio uuid, p_email text, p_wish {kind} default null) returns jsonb
language plpgsql security definer set search_path = '' as $$
declare made public.trials;
begin
  if {closed} then raise exception 'no such studio'; end if;
  insert into public.trials as t (studio_id, email, {column}) values (p_studio, lower(p_email), p_wish)
    on conflict (studio_id, email) do update set {again} returning t.* into made;
  insert into public.outbox (trial_id, kind) values (made.id, 'welcome');
  return {reply};
end $$;
revoke execute on function public.ask_for_trial from public;
grant execute on function public.ask_for_trial to {callers};
"""
ASKED = "not exists (select from public.studios s where s.id = p_studio and s.public)"
SIGN_UP = {
    "more": "",
    "shown": "public",
    "closed": ASKED,
    "column": "wish",
    "kind": "text",
    "again": "asked_at = now()",
    "reply": """jsonb_build_object('ok', true)""",
    "callers": "anon, authenticated",
}


def verdict(server, path, settings=None, **changed):
    sql = COURSES.format(**(SIGN_UP | changed))
    with system(server, path, sql, profile="supabase", **(settings or {})) as target:
        found = by_subject(judged(target, "ISO005"))
    return next(one for name, one in found.items() if "ask_for_trial" in name)


def test_a_sign_up_below_what_is_for_everybody_passes(server, tmp_path):
    finding = verdict(server, tmp_path)
    assert finding.status is Status.PASSED, finding.detail
    assert "as it asks for public = true" in finding.detail


def test_what_asks_nothing_is_for_settings_to_say(server, tmp_path):
    finding = verdict(server, tmp_path, closed="false")
    assert finding.status is Status.UNKNOWN, finding.detail
    assert 'drop_boxes = ["public.trials"]' in finding.fix


def test_settings_say_that_rows_are_left_there(server, tmp_path):
    boxes = {"isolation": Isolation(drop_boxes=("public.trials",))}
    finding = verdict(server, tmp_path, boxes, closed="false")
    assert finding.status is Status.PASSED, finding.detail


@pytest.mark.parametrize(
    "changed",
    [
        {"reply": "jsonb_build_object('ok', true, 'cancel', made.cancel_token)"},
        {"again": "came_at = now()"},
        {"again": "wish = excluded.wish"},
        {"more": "role text,", "column": "role"},
        {"more": "paid_cents bigint,", "column": "paid_cents", "kind": "bigint"},
        {"shown": "owner_id = auth.uid()", "closed": "false"},
    ],
    ids=["a token", "a time that counts", "what she wished", "a role", "money", "a studio of nobody else's"],
)
def test_more_than_a_new_row_is_a_leak_or_a_forgery(server, tmp_path, changed):
    finding = verdict(server, tmp_path, **changed)
    assert finding.status is Status.FAILED, finding.detail


LIST = """
create table public.papers (id uuid primary key default gen_random_uuid(), owner_id uuid not null references auth.users, title text not null);
create table public.readers (paper_id uuid not null references public.papers, email text not null, primary key (paper_id, email));
alter table public.papers enable row level security;
alter table public.readers enable row level security;
create policy own on public.papers to authenticated using (owner_id = auth.uid());
create policy own on public.readers to authenticated using (exists (select from public.papers p where p.id = paper_id and p.owner_id = auth.uid()));
create function public.subscribe(p_paper uuid, p_email text) returns void language sql security definer set search_path = '' as $$
  insert into public.readers values (p_paper, lower(p_email)) on conflict do nothing $$;
create function public.tidy() returns void language sql as $$ delete from public.readers where email is null $$;
revoke execute on function public.tidy from public, anon;
"""
BY_NAME = "grant execute on function public.subscribe(uuid, text) to anon, authenticated;"
ALL = "grant execute on all functions in schema public to anon, authenticated;"


@pytest.mark.parametrize(
    ("granted", "status"),
    [
        (BY_NAME, Status.UNKNOWN),
        ("", Status.FAILED),
        (ALL, Status.FAILED),
    ],
    ids=["to strangers by name", "to everybody", "with all functions"],
)
def test_who_enters_a_list_by_a_function_was_granted_it_by_name(server, tmp_path, granted, status):
    with system(server, tmp_path, LIST + granted, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))
    finding = next(one for name, one in found.items() if "subscribe" in name)
    assert finding.status is status, finding.detail
