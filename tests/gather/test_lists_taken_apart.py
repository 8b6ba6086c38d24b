"""What is in a list that a function writes down may be called as her row is, and then her row is written over."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LABELS = """
create table studios (id uuid primary key, artist uuid not null unique references auth.users(id));
create table labels (
  id uuid primary key default gen_random_uuid(), studio uuid not null references studios(id), title text not null
);
alter table studios enable row level security;
alter table labels enable row level security;
create policy own on studios for select to authenticated using (artist = auth.uid());
create policy own on labels for select to authenticated using (studio in (select id from studios));
create function sync(p jsonb) returns void language plpgsql security definer set search_path = '' as $$
begin
  insert into public.labels as l (id, studio, title) select {key}, s.id, r.title
    from {rows}, public.studios s where s.artist = auth.uid()
    on conflict (id) do update set title = excluded.title {where};
end $$;
revoke execute on function sync(jsonb) from public;
grant execute on function sync(jsonb) to authenticated;
"""
MINE = "where l.studio = excluded.studio"
COLUMNS = ("r.id", "jsonb_to_recordset(p) as r(id uuid, title text)")
CALLED_AFTER = ("r.label", "jsonb_to_recordset(p) as r(label uuid, title text, added timestamptz)")
POPULATED = ("r.id", "jsonb_populate_recordset(null::public.labels, p) r")
ONE = ("r.id", "jsonb_populate_record(null::public.labels, p) r")


@pytest.mark.parametrize(
    ("where", "status"), [("", Status.FAILED), (MINE, Status.PASSED)], ids=["any", "own"]
)
@pytest.mark.parametrize(
    "taken", [COLUMNS, CALLED_AFTER, POPULATED, ONE], ids=["columns", "called after", "populated", "one"]
)
def test_a_list_that_names_a_row_of_hers(server, tmp_path, taken, where, status):
    key, rows = taken
    with system(server, tmp_path, LABELS.format(key=key, rows=rows, where=where)) as target:
        found = by_subject(judged(target, "ISO005"))["public.sync(p jsonb)"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "changed alice's row in public.labels" in found.detail
