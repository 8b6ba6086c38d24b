"""Rows whose text names a room by its code, after a word: whoever has a room that is called alike is kept out."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ROOMS = """
create table public.rooms (
  id uuid primary key default gen_random_uuid(), code text not null unique check (code ~ '^[a-z0-9-]+$'));
create table public.guests (
  room_id uuid not null references public.rooms, user_id uuid not null references auth.users,
  primary key (room_id, user_id));
create table public.calls (
  id uuid primary key default gen_random_uuid(), topic text not null, said text not null,
  caller uuid not null default auth.uid() references auth.users);
create function public.is_guest(r uuid) returns boolean language sql stable security definer set search_path = '' as
$$ select exists (select from public.guests g where g.room_id = r and g.user_id = auth.uid()) $$;
alter table public.rooms enable row level security;
alter table public.guests enable row level security;
alter table public.calls enable row level security;
create policy own on public.rooms for select to authenticated using (public.is_guest(id));
create policy own on public.guests for select to authenticated using (user_id = auth.uid());
create policy hear on public.calls for select to authenticated using (exists (
  select from public.rooms r where public.is_guest(r.id) and {named}));
"""


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ("calls.topic like 'room:' || r.code || '%'", Status.FAILED),
        ("calls.topic like 'room:' || r.code || ':%'", Status.PASSED),
        ("starts_with(calls.topic, format('in/%s', r.code))", Status.FAILED),
        ("starts_with(calls.topic, format('in/%s/', r.code))", Status.PASSED),
        ("calls.topic = 'room.' || r.id", Status.PASSED),
        ("split_part(calls.topic, '#', 2) = r.code", Status.PASSED),
    ],
    ids=["a pattern", "a pattern to its end", "a format", "a format to its end", "a key", "a part"],
)
def test_whose_room_begins_alike_hears_nothing(server, tmp_path, named, status):
    with system(server, tmp_path, ROOMS.format(named=named)) as target:
        found = by_subject(judged(target, "ISO001"))["public.calls"]
    assert found.status is status, found.detail


@pytest.mark.parametrize(
    ("named", "status"),
    [
        ("calls.topic like 'room:' || r.code || '%'", Status.FAILED),
        ("calls.topic like 'room:' || r.code || ':%'", Status.PASSED),
    ],
)
@pytest.mark.parametrize("key", ["primary key (topic, caller)", "unique (topic, caller)"])
def test_a_topic_that_is_a_key_is_one_all_the_same(server, tmp_path, named, status, key):
    made = ROOMS.format(named=named).replace("id uuid primary key default gen_random_uuid(), topic", "topic")
    made = made.replace("auth.uid() references auth.users);", f"auth.uid() references auth.users, {key});")
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO001"))["public.calls"]
    assert found.status is status, found.detail
