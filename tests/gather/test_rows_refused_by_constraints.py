"""A function that never makes a row tells nothing by the row that the server shows in its refusal."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MENUS = """
create table public.menus (
  id uuid primary key default gen_random_uuid(), cook uuid not null references auth.users,
  title text not null, course text {course}, seal text not null default md5(random()::text));
alter table public.menus enable row level security;
create policy own on public.menus for select to authenticated using (cook = auth.uid());
grant select on public.menus to authenticated;
create function public.write_menu(p_title text) returns uuid
  language plpgsql security definer set search_path = '' as $$
declare made uuid;
begin
  insert into public.menus(cook, title) values (auth.uid(), p_title) returning id into made;
  return made;
end $$;
"""
CALL = "public.write_menu(p_title text)"


@pytest.mark.parametrize(
    ("course", "status"), [("not null", Status.UNKNOWN), ("not null default 'main'", Status.PASSED)]
)
def test_what_no_call_comes_through_with_is_unknown(server, tmp_path, course, status):
    with system(server, tmp_path, MENUS.format(course=course), profile="supabase") as target:
        told, done = by_subject(judged(target, "ISO007")), by_subject(judged(target, "ISO005"))
    assert told[CALL].status is Status.PASSED, told[CALL].detail
    assert done[CALL].status is status, done[CALL].detail
