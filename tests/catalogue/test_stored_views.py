"""A materialized view is read while rows are in what its filter asks for, and brought up to date for that."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

STABLES = """
create table public.stables (id uuid primary key default gen_random_uuid(), name text not null);
create table public.grooms (
  stable uuid not null references public.stables, person uuid not null references auth.users,
  primary key (stable, person));
create table public.bills (
  id uuid primary key default gen_random_uuid(), stable uuid not null references public.stables,
  rider text not null, due_on date not null, state text not null default 'new' check (state in ('new', 'published', 'overdue')));
alter table public.stables enable row level security;
alter table public.grooms enable row level security;
alter table public.bills enable row level security;
create policy own on public.grooms for select to authenticated using (person = auth.uid());
create policy own on public.stables for select to authenticated
  using (id in (select stable from public.grooms where person = auth.uid()));
create policy own on public.bills for select to authenticated
  using (stable in (select stable from public.grooms where person = auth.uid()));
create materialized view public.listed as {stored};
revoke all on public.listed from anon, authenticated;
"""
LATE = "select stable, rider, due_on from public.bills where state = 'overdue'"
OPEN = "grant select on public.listed to authenticated;"
OWN = """
create view public.ours with (security_barrier = true) as
  select l.* from public.listed l where l.stable in (select g.stable from public.grooms g where g.person = auth.uid());
grant select on public.ours to authenticated;
"""
AGAIN = """
create view public.middle as {};
create materialized view public.again as select * from public.middle where due_on < current_date;
revoke all on public.middle, public.again from anon, authenticated;
grant select on public.again to authenticated;
"""


@pytest.mark.parametrize(
    ("stored", "more", "subject", "status"),
    [
        (LATE, OPEN, "listed", Status.FAILED),
        ("select stable, rider from public.bills where due_on < current_date", OPEN, "listed", Status.FAILED),
        (LATE, AGAIN.format("select * from public.listed"), "again", Status.FAILED),
        (LATE, OWN, "ours", Status.PASSED),
        (LATE, OWN.replace("where l.stable in", "where true or l.stable in"), "ours", Status.FAILED),
        ("select rider from public.bills where state = 'published'", OPEN, "listed", Status.PASSED),
    ],
    ids=["a word", "a day", "of another", "of one's own", "of all", "published"],
)
def test_what_a_stored_view_shows_in_a_state(server, tmp_path, stored, more, subject, status):
    with system(server, tmp_path, STABLES.format(stored=stored) + more) as target:
        found = by_subject(judged(target, "ISO001"))[f"public.{subject}"]
    assert found.status is status, found.detail
    if status is Status.FAILED:
        assert "refresh materialized view public.listed" in found.reproduce
