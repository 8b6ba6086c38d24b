"""What a function answers bob follows from her rows: it is asked with all that he might say."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

BILLS = """
create table public.bills (
  id uuid primary key default gen_random_uuid(), owner uuid not null default auth.uid() references auth.users,
  kind text not null check (kind in ('invoice', 'credit note')), number integer not null unique);
alter table public.bills enable row level security;
create policy own on public.bills for select to authenticated using (owner = auth.uid());
create function public.next_number({arguments}) returns integer language plpgsql security definer set search_path = '' as $$
begin
  {asked}
  return (select coalesce(max(b.number), 0) + 1 from public.bills b where {whose});
end $$;
"""
KINDS = "if kind not in ('invoice', 'credit note') then raise exception 'no such kind' using errcode = '22023'; end if;"
SERIES = "if series not in ('spring', 'autumn') then raise exception 'no such series' using errcode = '22023'; end if;"
NEVER = "if kind <> md5('x') then raise exception 'no such kind' using errcode = '22023'; end if;"
CLERKS = "if session_user <> 'clerk' then raise exception 'for clerks' using errcode = '{}'; end if;"
ANYBODYS, OWN = "true", "b.owner = auth.uid()"


@pytest.mark.parametrize(
    ("arguments", "asked", "whose", "status"),
    [
        ("", "", ANYBODYS, Status.FAILED),
        ("", "", OWN, Status.PASSED),
        ("kind text", KINDS, ANYBODYS, Status.FAILED),
        ("kind text", KINDS, OWN, Status.PASSED),
        ("series text", SERIES, ANYBODYS, Status.FAILED),
        ("series text", SERIES, OWN, Status.PASSED),
        ("kind text", NEVER, ANYBODYS, Status.UNKNOWN),
        ("", CLERKS.format("42501"), ANYBODYS, Status.PASSED),
        ("", CLERKS.format("P0001"), ANYBODYS, Status.PASSED),
    ],
    ids=[
        "all",
        "his own",
        "of a kind",
        "his own of a kind",
        "of a series",
        "his own of a series",
        "unsaid",
        "for clerks",
        "in its own words",
    ],
)
def test_what_follows_from_one_more_row_of_hers_is_told(server, tmp_path, arguments, asked, whose, status):
    with system(server, tmp_path, BILLS.format(arguments=arguments, asked=asked, whose=whose)) as target:
        found = by_subject(judged(target, "ISO010"))[f"public.next_number({arguments})"]
    assert found.status is status, found
    if status is Status.UNKNOWN:
        assert "no call with what is bob's was answered: no such kind" in found.detail
