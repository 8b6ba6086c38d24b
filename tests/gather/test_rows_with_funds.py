"""Whoever may have something has some of it, so that what takes it from others is seen."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PURSES = """
create table public.purses (
  holder uuid primary key references auth.users on delete cascade, {column});
alter table public.purses enable row level security;
create policy own on public.purses for select using (holder = auth.uid());
grant select on public.purses to authenticated;
create function public.pay(p_to uuid, p_much {kind}) returns void language plpgsql security definer as $$
begin
  if {guard} then raise exception 'not possible'; end if;
  update public.purses set {name} = {name} - p_much where holder = auth.uid();
  update public.purses set {name} = {name} + p_much where holder = p_to;
end $$;
"""
COLUMNS = {
    "a floor": ("marks", "bigint", "marks bigint not null default 0 check (marks >= 0)"),
    "with decimals": (
        "guthaben",
        "numeric",
        "guthaben numeric(8,2) not null default 0.00 check (guthaben >= 0)",
    ),
    "small": (
        "sheets",
        "numeric",
        "sheets numeric(3,1) not null default 0 check (sheets >= 0 and sheets < 50)",
    ),
}
OPEN = "auth.uid() is null or p_to is null or p_to = auth.uid() or p_much = 0"
GUARDS = {OPEN: Status.FAILED, f"{OPEN} or p_much is null or p_much <= 0": Status.PASSED}


@pytest.mark.parametrize("how", COLUMNS)
@pytest.mark.parametrize("guard", GUARDS, ids=["any amount", "more than nothing"])
def test_a_negative_amount_takes_from_whom_it_is_given(server, tmp_path, how, guard):
    name, kind, column = COLUMNS[how]
    sql = PURSES.format(column=column, kind=kind, guard=guard, name=name)
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))
    (one,) = [one for subject, one in found.items() if "public.pay" in subject]
    assert one.status is GUARDS[guard], one.detail
