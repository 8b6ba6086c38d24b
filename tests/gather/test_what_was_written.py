"""What became of a row is told by what was written, and not by what triggers keep, or work out again."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PRESSES = """
create table public.presses (
  no bigint generated always as identity primary key, owner uuid not null default auth.uid() references auth.users,
  remark text not null default 'as new', rev int not null default 0, at timestamptz not null default now());
create function public.note() returns trigger language plpgsql as $$
begin new.rev := old.rev + 1; new.at := clock_timestamp(); return new; end $$;
create trigger note before update on public.presses for each row execute function public.note();
alter table public.presses enable row level security;
create policy own on public.presses for select to authenticated using (owner = auth.uid());
create policy all_may on public.presses for update to authenticated using (true);
"""

VATS = """
create table public.vats (
  no bigint generated always as identity primary key, owner uuid not null default auth.uid() references auth.users,
  filled numeric not null default 0, drawn numeric not null default 0, rest numeric not null default 0,
  closed boolean not null default false);
alter table public.vats enable row level security;
create policy own on public.vats for select to authenticated using (owner = auth.uid());
create function public.work_out(p_no bigint) returns void language plpgsql security definer set search_path = '' as $$
declare v_filled numeric; v_drawn numeric; v_rest numeric;
begin
  select v.filled, v.drawn into v_filled, v_drawn from public.vats v where v.no = p_no;
  v_rest := v_filled - v_drawn;
  update public.vats set {0} where no = p_no;
end $$;
create trigger rest before insert or update on public.vats for each row execute function public.rest();
"""
REST = """
create function public.rest() returns trigger language plpgsql as $$
begin new.rest := new.filled - new.drawn; return new; end $$;
"""


def test_what_a_statement_wrote_comes_before_what_a_trigger_did(server, tmp_path):
    with system(server, tmp_path, PRESSES, profile="supabase") as target:
        finding = by_subject(judged(target, "ISO002"))["public.presses"]
    assert finding.status is Status.FAILED
    assert "changed it: remark from" in finding.detail


@pytest.mark.parametrize(
    ("written", "status"),
    [("rest = v_rest", Status.PASSED), ("closed = false", Status.FAILED), ("drawn = 0", Status.FAILED)],
    ids=["worked out", "a switch as it was", "a number"],
)
def test_a_row_that_stays_as_it_is_since_all_is_worked_out_again_suffers_nothing(
    server, tmp_path, written, status
):
    sql = REST + VATS.format(written)
    with system(server, tmp_path, sql, profile="supabase") as target:
        findings = by_subject(judged(target, "ISO005"))
    finding = next(one for name, one in findings.items() if name.startswith("public.work_out"))
    assert finding.status is status, finding.detail


LEFT_IN = """
create table public.vats (
  no uuid primary key default gen_random_uuid(), owner uuid not null default auth.uid() references auth.users,
  filled numeric not null default 0, drawn numeric not null default 0);
alter table public.vats enable row level security;
create policy own on public.vats for select to authenticated using (owner = auth.uid());
create function public.left_in(p_no uuid) returns numeric language sql stable security definer set search_path = ''
  as $$ select v.filled - v.drawn from public.vats v where v.no = p_no $$;
"""


def test_what_is_left_of_one_number_by_another_differs_once_both_do(server, tmp_path):
    with system(server, tmp_path, LEFT_IN, profile="supabase") as target:
        findings = by_subject(judged(target, "ISO005"))
    finding = findings["public.left_in(p_no uuid)"]
    assert finding.status is Status.FAILED
    assert "once her row is another" in finding.detail
