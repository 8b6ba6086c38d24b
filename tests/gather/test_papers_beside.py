"""That a thing is shown to everybody shows nobody the papers of who lives in it."""

import pytest

from pytest_readiness.fixes.regression import marks
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

FLATS = """
create table public.flats (
  id uuid primary key default gen_random_uuid(), landlord uuid not null references auth.users,
  listed boolean not null default false);
create table public.files (
  id uuid primary key default gen_random_uuid(), flat uuid not null references public.flats, path text not null,
  kind text not null check (kind in {kinds}), public boolean not null default false);
alter table public.flats enable row level security;
alter table public.files enable row level security;
create policy own on public.flats for select to authenticated using (landlord = auth.uid() or listed);
create policy own on public.files for select to authenticated
  using (exists (select from public.flats f where f.id = flat and f.landlord = auth.uid()));
create policy shown on public.files for select to anon, authenticated using ({shown});
"""
LISTED = "exists (select from public.flats f where f.id = flat and f.listed)"
PAPERS, ROOMS = "('photo', 'passport')", "('photo', 'plan')"


@pytest.mark.parametrize(
    ("kinds", "shown", "status"),
    [
        (PAPERS, LISTED, Status.FAILED),
        (PAPERS, f"kind = 'photo' and {LISTED}", Status.PASSED),
        (ROOMS, LISTED, Status.PASSED),
        # Who says of the file itself that it is public has thought of it.
        (PAPERS, "public", Status.PASSED),
    ],
    ids=["all files", "photos", "no papers", "one by one"],
)
def test_papers_are_not_shown_with_what_they_hang_on(server, tmp_path, kinds, shown, status):
    with system(server, tmp_path, FLATS.format(kinds=kinds, shown=shown)) as target:
        found = by_subject(judged(target, "ISO001"))["public.files"]
        assert found.status is status, found.detail
        if status is Status.FAILED:
            seen = replay(target, found.reproduce, marks(found.detail))
            assert seen.got, (seen, found.reproduce)
