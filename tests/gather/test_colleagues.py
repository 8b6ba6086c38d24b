"""What a colleague may not read is hers alone, and no colleague changes it; what he reads may be for both."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MEMBERS = """
create table public.firms (id uuid primary key default gen_random_uuid(), name text not null);
create table public.firm_members (
  firm_id uuid not null references public.firms, user_id uuid not null references auth.users, primary key (firm_id, user_id));
create table public.files (
  id uuid primary key default gen_random_uuid(), firm_id uuid not null references public.firms, label text not null);
alter table public.firms enable row level security;
alter table public.firm_members enable row level security;
alter table public.files enable row level security;
create policy own on public.firm_members for select using (user_id = auth.uid());
create policy ours on public.files for select using (firm_id in ({mine}));
"""
MINE = "select m.firm_id from public.firm_members m where m.user_id = auth.uid()"
NOTES = """
create table public.notes (
  id uuid primary key default gen_random_uuid(), {place}, author uuid not null references auth.users, body text not null);
alter table public.notes enable row level security;
create policy reads on public.notes for select using ({reads});
create policy adds on public.notes for insert with check (author = auth.uid() and {ours});
create policy changes on public.notes for {verb} using ({changes});
"""
OWN = "author = auth.uid()"
PLACES = {
    "in its firm": ("firm_id uuid not null references public.firms", f"firm_id in ({MINE})"),
    "in a file of its firm": (
        "file_id uuid not null references public.files",
        f"file_id in (select f.id from public.files f where f.firm_id in ({MINE}))",
    ),
}
CHECKS = {"update": "ISO002", "delete": "ISO004"}


def status(server, tmp_path, check, place, *more, reads=OWN, changes=OWN, verb="update"):
    column, ours = PLACES[place]
    sql = NOTES.format(place=column, reads=reads, ours=ours, changes=changes, verb=verb)
    with system(server, tmp_path, MEMBERS.format(mine=MINE), sql, *more, profile="supabase") as target:
        return by_subject(judged(target, check))["public.notes"].status


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("verb", CHECKS)
def test_who_may_not_read_a_colleagues_row_does_not_change_it(server, tmp_path, place, verb):
    ours = PLACES[place][1]
    found = status(server, tmp_path, CHECKS[verb], place, changes=ours, verb=verb)
    assert found is Status.FAILED


@pytest.mark.parametrize("verb", CHECKS)
def test_rows_that_colleagues_read_may_be_for_all_of_them(server, tmp_path, verb):
    ours = PLACES["in its firm"][1]
    found = status(server, tmp_path, CHECKS[verb], "in its firm", reads=ours, changes=ours, verb=verb)
    assert found is Status.PASSED


def test_a_view_shows_them_as_well(server, tmp_path):
    ours = PLACES["in its firm"][1]
    view = f"create view public.board as select id, body, firm_id from public.notes where {ours};"
    found = status(server, tmp_path, "ISO002", "in its firm", view, changes=ours)
    assert found is Status.PASSED


def test_rows_of_ones_own_are_ones_own(server, tmp_path):
    assert status(server, tmp_path, "ISO002", "in its firm") is Status.PASSED
