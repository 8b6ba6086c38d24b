"""What somebody made of another's public thing of the same kind is hers; what answers it is not."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PATCHES = """
create table public.rooms (id uuid primary key default gen_random_uuid(), host uuid not null references auth.users);
create table public.patches (
  id uuid primary key default gen_random_uuid(), author uuid not null default auth.uid() references auth.users,
  sound text not null, shared boolean not null default false, {key} uuid references public.patches {act});
alter table public.rooms enable row level security;
alter table public.patches enable row level security;
create policy own on public.rooms for all to authenticated using (host = (select auth.uid())) with check (host = (select auth.uid()));
create policy shown on public.patches for select to authenticated using (shared or author = (select auth.uid()));
create policy own on public.patches for all to authenticated
  using (author = (select auth.uid())) with check (author = (select auth.uid()));
{more}
"""
GOES = "on delete cascade"
AUTHORS = """create function public.is_mine(p uuid) returns boolean language sql stable security definer set search_path = ''
  return exists (select from public.patches o where o.id = p and o.author = (select auth.uid()));
create policy authors on public.patches for select to authenticated using (public.is_mine(remix_of));"""
ROOM = "alter table public.patches add room uuid references public.rooms;"
SYSTEMS = {
    "goes": (("remix_of", GOES, ""), Status.FAILED),
    "stays without": (("remix_of", "on delete set null", ""), Status.PASSED),
    "is kept": (("remix_of", "", ""), Status.PASSED),
    # An answer is about what it answers.
    "answers": (("reply_to", GOES, ""), Status.PASSED),
    "is a part": (("parent_id", GOES, ""), Status.PASSED),
    # Whoever sees it was given it.
    "the first one's author reads it": (("remix_of", GOES, AUTHORS), Status.PASSED),
    # In a place that is somebody's, one thing follows another.
    "in a room": (("remix_of", GOES, ROOM), Status.PASSED),
}


@pytest.mark.parametrize("what", SYSTEMS)
def test_what_somebody_made_of_a_public_thing_of_its_kind(server, tmp_path, what):
    (key, act, more), status = SYSTEMS[what]
    with system(server, tmp_path, PATCHES.format(key=key, act=act, more=more)) as target:
        found = by_subject(judged(target, "ISO004"))["public.patches"]
        told = by_subject(judged(target, "ISO010"))
        assert found.status is status, found.detail
        assert ("public.patches: what hangs on its rows" in told) == bool(act)
        if status is Status.FAILED:
            assert "destroyed alice's row in public.patches" in found.detail
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)
