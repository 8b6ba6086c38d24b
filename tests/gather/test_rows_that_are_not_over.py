"""A policy that only keeps out what is archived beside one that asks for the owner publishes nothing."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

TABLE = """
create table public.{table} (
  id int generated always as identity primary key, holder uuid not null default auth.uid() references auth.users,
  status text not null default 'open', deleted_at timestamptz, said text);
alter table public.{table} enable row level security;
create policy own on public.{table} for {own} to authenticated using (holder = auth.uid());
create policy rest on public.{table} for select to authenticated using ({rest});
revoke all on public.{table} from anon;
"""


@pytest.mark.parametrize(
    ("table", "own", "rest", "status"),
    [
        ("damages", "select", "status <> 'archived'", Status.UNKNOWN),
        ("damages", "all", "status not in ('archived', 'deleted')", Status.UNKNOWN),
        ("damages", "select", "status = 'open'", Status.PASSED),
        ("damages", "select", "status <> 'draft'", Status.PASSED),
        ("damages", "update", "status <> 'archived'", Status.PASSED),
        ("posts", "all", "status <> 'archived'", Status.PASSED),
        ("posts", "update", "deleted_at is null", Status.UNKNOWN),
        ("damages", "update", "deleted_at is null", Status.FAILED),
    ],
)
def test_what_is_not_over_is_not_everybodys_for_that(server, tmp_path, table, own, rest, status):
    with system(server, tmp_path, TABLE.format(table=table, own=own, rest=rest)) as target:
        found = by_subject(judged(target, "ISO001"))[f"public.{table}"]
    assert found.status is status, found.detail
    if status is Status.UNKNOWN:
        assert "world_readable" in found.fix
