"""A row is his who gives its key and a hidden text of it; who gives less, or gets more, has found a leak."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LOCKERS = """
create table public.firms (id uuid primary key default gen_random_uuid(), name text not null);
create table public.firm_staff (
  firm_id uuid not null references public.firms, user_id uuid not null references auth.users, primary key (firm_id, user_id));
create table public.lockers (
  no bigint primary key generated always as identity (start with 7100500), firm_id uuid not null references public.firms,
  surname text not null {among}, content text not null, note text);
alter table public.firms enable row level security;
alter table public.firm_staff enable row level security;
alter table public.lockers enable row level security;
create policy mine on public.firm_staff for select to authenticated using (user_id = auth.uid());
create policy ours on public.firms for select to authenticated using (
  id in (select s.firm_id from public.firm_staff s where s.user_id = auth.uid()));
create policy ours on public.lockers for select to authenticated using (
  firm_id in (select s.firm_id from public.firm_staff s where s.user_id = auth.uid()));
create function public.look_in(p_no bigint, p_surname text default null) returns jsonb
language plpgsql stable security definer set search_path = '' as $$
declare found public.lockers;
begin
  select l.* into found from public.lockers l where {found};
  if found.no is null then {missing}; end if;
  if {refused} then {missing}; end if;
  return jsonb_build_object('no', found.no, 'content', found.content);
end $$;
create function public.leave_note(p_no bigint, p_surname text, p_note text) returns void
language plpgsql security definer set search_path = '' as $$
begin
  perform from public.lockers l where {found} and not coalesce({left_out}, false);
  if not found then raise exception 'no such locker'; end if;
  update public.lockers set note = p_note where no = p_no;
end $$;
"""
BOTH = {
    "among": "",
    "found": "l.no = p_no",
    "missing": "raise exception 'no such locker'",
    "refused": "found.surname is distinct from p_surname",
    "left_out": "l.surname is distinct from p_surname",
}


def verdicts(server, path, check="ISO005", **changed):
    with system(server, path, LOCKERS.format(**(BOTH | changed)), profile="supabase") as target:
        found = by_subject(judged(target, check))
    return {name.partition("(")[0].removeprefix("public."): one for name, one in found.items()}


@pytest.mark.parametrize("missing", [BOTH["missing"], "return null"], ids=["refused", "nothing"])
def test_who_gives_the_key_and_a_hidden_text_has_the_right(server, tmp_path, missing):
    found = verdicts(server, tmp_path, missing=missing)
    assert found["look_in"].status is Status.PASSED, found["look_in"].detail
    assert "p_no and p_surname" in found["look_in"].detail
    assert found["leave_note"].status is Status.PASSED, found["leave_note"].detail


def test_nothing_is_inferred_from_what_has_to_be_known(server, tmp_path):
    found = verdicts(server, tmp_path, check="ISO007", missing="return null")
    assert found["look_in"].status is Status.PASSED, found["look_in"].detail


@pytest.mark.parametrize(
    "changed",
    [
        {"refused": "found.surname <> p_surname", "left_out": "l.surname <> p_surname"},
        {"refused": "false", "left_out": "false"},
        {"found": "l.surname = p_surname"},
        {"among": "check (surname in ('left', 'right'))"},
    ],
    ids=["nothing given", "the key alone", "the text alone", "a word of two"],
)
def test_what_one_of_the_two_opens_is_a_leak(server, tmp_path, changed):
    found = verdicts(server, tmp_path, **changed)
    assert found["look_in"].status is Status.FAILED, found["look_in"].detail


def test_the_text_may_not_be_left_out_where_more_is_given(server, tmp_path):
    found = verdicts(server, tmp_path, left_out="l.surname <> p_surname")
    assert found["leave_note"].status is Status.FAILED, found["leave_note"].detail
