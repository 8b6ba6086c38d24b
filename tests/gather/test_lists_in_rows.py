"""Lists that rows have empty by default hold something recognisable, unless that they are empty decides."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SONGS = """
create table public.songs (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users,
  tags {kind} not null default {empty});
alter table public.songs enable row level security;
create policy own on public.songs for select to authenticated using ({shown});
create function public.all_tags() returns setof {kind} language sql stable security definer set search_path = '' as
$$ select s.tags from public.songs s where {whose} $$;
"""
OWN, ANYBODYS = "user_id = auth.uid()", "true"


@pytest.mark.parametrize(
    ("kind", "empty"), [("text[]", "'{}'"), ("text[]", "array[]::text[]"), ("varchar(40)[]", "'{}'")]
)
@pytest.mark.parametrize(("whose", "status"), [(ANYBODYS, Status.FAILED), (OWN, Status.PASSED)])
def test_what_shows_lists_alone_shows_whose_they_are(server, tmp_path, kind, empty, whose, status):
    with system(server, tmp_path, SONGS.format(kind=kind, empty=empty, shown=OWN, whose=whose)) as target:
        found = by_subject(judged(target, "ISO005"))["public.all_tags()"]
    assert found.status is status, found


def test_that_an_empty_list_opens_a_row_is_found(server, tmp_path):
    open_ = f"{OWN} or cardinality(tags) = 0"
    with system(
        server, tmp_path, SONGS.format(kind="text[]", empty="'{}'", shown=open_, whose=OWN)
    ) as target:
        found = by_subject(judged(target, "ISO001"))["public.songs"]
    assert found.status is Status.FAILED, found
