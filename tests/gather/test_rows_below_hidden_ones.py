"""A row of one's own below a hidden row of hers stands where she reads it, and where its writer has no business."""

import pytest

from pytest_readiness.settings import Isolation
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BILLS = """
create table public.bills (
  id int generated always as identity primary key, owner_id uuid not null references auth.users, title text);
create table public.bill_lines (
  id int generated always as identity primary key, bill_id int not null references public.bills,
  added_by uuid not null default auth.uid(), {content});
alter table public.bills enable row level security;
alter table public.bill_lines enable row level security;
create policy own on public.bills using ({bills}) with check (owner_id = auth.uid());
create policy reads on public.bill_lines for select using ({reads});
create policy adds on public.bill_lines for insert with check (added_by = auth.uid(){asked});
"""
ABOVE = "exists (select from public.bills b where b.id = bill_id and b.owner_id = auth.uid())"
OWN = "owner_id = auth.uid()"
EITHER = f"added_by = auth.uid() or {ABOVE}"
OPEN = {
    "it is hers alone to read": ("note text not null", OWN, ABOVE),
    "it is about money": ("amount numeric not null", OWN, EITHER),
}
SOUND = {
    "she is asked": ("amount numeric not null", OWN, ABOVE, f" and {ABOVE}"),
    "everybody sees hers": ("amount numeric not null", "true", ABOVE, ""),
    "its writer reads what he wrote": ("note text not null", OWN, EITHER, ""),
    "it says nothing": ("at timestamptz not null default now()", OWN, ABOVE, ""),
    "nobody reads below": ("amount numeric not null", OWN, "added_by = auth.uid()", ""),
}
COUNTED = """
alter table public.bills add {column};
create function public.note() returns trigger language plpgsql security definer as
$$ begin
  update public.bills b set {change} where b.id = new.bill_id;
  if {pays} then update public.bills b set lines = b.lines - 1 where b.owner_id = new.added_by; end if;
  return new;
end $$;
create trigger noted after insert on public.bill_lines for each row execute function public.note();
"""
KEPT = {
    "a number of them": ("lines int not null default 0", "lines = b.lines + 1", OWN, Status.FAILED),
    "when something changed": ("updated_at timestamptz", "updated_at = now()", OWN, Status.PASSED),
    "how many are unread": ("unread int not null default 0", "unread = b.unread + 1", OWN, Status.PASSED),
    "a number of what all see": (
        "lines int not null default 0",
        "lines = b.lines + 1",
        "true",
        Status.PASSED,
    ),
}
FIRMS = """
create table public.firms (id uuid primary key default gen_random_uuid(), name text not null);
create table public.firm_members (
  firm_id uuid not null references public.firms, user_id uuid not null references auth.users, primary key (firm_id, user_id));
create table public.projects (
  id uuid primary key default gen_random_uuid(), firm_id uuid not null references public.firms, name text not null);
create table public.hours (
  id uuid primary key default gen_random_uuid(), project_id uuid not null references public.projects,
  worker uuid not null references auth.users, did text not null);
create function public.mine() returns setof uuid language sql stable security definer as
$$ select firm_id from public.firm_members where user_id = auth.uid() $$;
alter table public.firms enable row level security;
alter table public.firm_members enable row level security;
alter table public.projects enable row level security;
alter table public.hours enable row level security;
create policy ours on public.firm_members for select using (firm_id in (select public.mine()));
create policy ours on public.projects using (firm_id in (select public.mine()));
create policy ours on public.hours for select using (project_id in (select id from public.projects));
create policy own on public.hours for insert with check (worker = auth.uid(){});
"""


def status(server, tmp_path, sql, subject, **settings):
    with system(server, tmp_path, sql, profile="supabase", isolation=Isolation(**settings)) as target:
        return by_subject(judged(target, "ISO003"))[subject].status


@pytest.mark.parametrize("how", OPEN)
def test_a_row_below_a_hidden_one_is_found(server, tmp_path, how):
    content, bills, reads = OPEN[how]
    sql = BILLS.format(content=content, bills=bills, reads=reads, asked="")
    assert status(server, tmp_path, sql, "public.bill_lines") is Status.FAILED


@pytest.mark.parametrize("how", SOUND)
def test_what_may_be_left_below_a_row_is_no_harm(server, tmp_path, how):
    content, bills, reads, asked = SOUND[how]
    sql = BILLS.format(content=content, bills=bills, reads=reads, asked=asked)
    assert status(server, tmp_path, sql, "public.bill_lines") is Status.PASSED


@pytest.mark.parametrize("kept", KEPT)
def test_a_hidden_row_that_counts_what_is_below_it_was_reached(server, tmp_path, kept):
    column, change, bills, found = KEPT[kept]
    sql = BILLS.format(content="note text not null", bills=bills, reads="added_by = auth.uid()", asked="")
    sql += COUNTED.format(column=column, change=change, pays=False)
    assert status(server, tmp_path, sql, "public.bill_lines") is found


def test_who_pays_for_what_a_hidden_row_gets_may_leave_it_there(server, tmp_path):
    column, change, bills, _ = KEPT["a number of them"]
    sql = BILLS.format(content="note text not null", bills=bills, reads="added_by = auth.uid()", asked="")
    sql += COUNTED.format(column=column, change=change, pays=True)
    assert status(server, tmp_path, sql, "public.bill_lines") is Status.PASSED


def test_settings_say_that_anybody_may(server, tmp_path):
    content, bills, reads = OPEN["it is about money"]
    sql = BILLS.format(content=content, bills=bills, reads=reads, asked="")
    box = ("public.bill_lines",)
    assert status(server, tmp_path, sql, "public.bill_lines", drop_boxes=box) is Status.PASSED


@pytest.mark.parametrize(
    ("asked", "found"),
    [("", Status.FAILED), (" and project_id in (select id from public.projects)", Status.PASSED)],
)
def test_a_tenants_row_is_hidden_as_well(server, tmp_path, asked, found):
    assert status(server, tmp_path, FIRMS.format(asked), "public.hours") is found
