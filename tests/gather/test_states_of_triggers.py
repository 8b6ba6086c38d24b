"""Rows are written in the states that triggers ask for, of which one may destroy what is not the writer's."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

ENTRIES = """
create table public.entries (
  id uuid primary key default gen_random_uuid(), user_id uuid not null references auth.users, {column}, body text not null);
alter table public.entries enable row level security;
create policy own on public.entries for select to authenticated using (user_id = (select auth.uid()));
create policy add on public.entries for insert to authenticated with check (user_id = (select auth.uid()));
create function public.entered() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  if {asked} then delete from public.entries where id <> new.id {among}; end if;
  return new;
end $$;
create trigger entered after insert on public.entries for each row execute function public.entered();
"""
KIND = "kind text not null default 'note' check (kind in ('memo', 'note', 'purge'))"
ENDS = "ends_on date not null"


@pytest.mark.parametrize(
    ("column", "asked"),
    [
        (KIND, "new.kind = 'purge'"),
        (KIND, "new.kind not in ('note', 'purge')"),
        (ENDS, "new.ends_on < current_date"),
        (ENDS, "new.ends_on > current_date + 9999"),
    ],
    ids=["a word", "any other word", "what is past", "what is far off"],
)
@pytest.mark.parametrize(
    ("among", "status"), [("", Status.FAILED), ("and user_id = new.user_id", Status.PASSED)]
)
def test_a_row_of_one_kind_that_destroys_all_others(server, tmp_path, column, asked, among, status):
    made = ENTRIES.format(column=column, asked=asked, among=among)
    with system(server, tmp_path, made) as target:
        found = by_subject(judged(target, "ISO004"))["public.entries"]
    assert found.status is status, found.detail
