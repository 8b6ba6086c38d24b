"""A row of one's own that refers to hers since it was changed has a function tell what lies behind it."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

HALLS = """
create table public.companies (id bigint generated always as identity primary key, name text not null);
create table public.accounts (
  login uuid primary key references auth.users, company_id bigint not null references public.companies);
create table public.machines (
  id bigint generated always as identity primary key, company_id bigint not null references public.companies,
  fault text not null);
create table public.tickets (
  id bigint generated always as identity primary key, company_id bigint not null references public.companies,
  machine_id bigint not null references public.machines, subject text not null);
create function public.mine() returns bigint language sql stable security definer set search_path = '' as
  $$ select a.company_id from public.accounts a where a.login = auth.uid() $$;
alter table public.companies enable row level security;
alter table public.accounts enable row level security;
alter table public.machines enable row level security;
alter table public.tickets enable row level security;
grant select, insert, update on public.tickets to authenticated;
grant select on public.machines, public.accounts to authenticated;
create policy own on public.accounts for select to authenticated using (login = auth.uid());
create policy own on public.machines for select to authenticated using (company_id = public.mine());
create policy own on public.tickets to authenticated using (company_id = public.mine());
create function public.known_machine() returns trigger language plpgsql as $$
begin
  if not exists (select from public.machines m where m.id = new.machine_id and m.company_id = new.company_id) then
    raise exception 'no such machine'; end if;
  return new;
end $$;
create trigger known before {verbs} on public.tickets for each row execute function public.known_machine();
create function public.work_sheet(ticket bigint) returns table (subject text, fault text) language sql stable
  security definer set search_path = '' as
  $$ select t.subject, m.fault from public.tickets t join public.machines m on m.id = t.machine_id
      where t.id = ticket and t.company_id = public.mine() $$;
"""
ROOMS = """
create table public.rooms (
  id uuid primary key default gen_random_uuid(), host uuid not null references auth.users, address text not null);
create table public.stays (
  id uuid primary key default gen_random_uuid(), guest uuid not null references auth.users,
  room uuid not null references public.rooms);
alter table public.rooms enable row level security;
alter table public.stays enable row level security;
grant select on public.rooms to authenticated;
grant select, insert, update on public.stays to authenticated;
create policy own on public.rooms for select to authenticated using (host = auth.uid());
create policy own on public.stays to authenticated using (guest = auth.uid());
create function public.where_to(stay uuid) returns text language sql stable security definer set search_path = '' as
  $$ select r.address from public.stays s join public.rooms r on r.id = s.room
      where s.id = stay and s.guest = auth.uid() $$;
"""
SYSTEMS = {
    "asked as it is made": (HALLS.replace("{verbs}", "insert"), "work_sheet(ticket bigint)", Status.FAILED),
    "asked always": (
        HALLS.replace("{verbs}", "insert or update"),
        "work_sheet(ticket bigint)",
        Status.PASSED,
    ),
    "that anybody makes": (ROOMS, "where_to(stay uuid)", Status.PASSED),
}


@pytest.mark.parametrize("row", SYSTEMS)
def test_a_row_is_turned_to_hers_by_an_update(server, tmp_path, row):
    sql, function, status = SYSTEMS[row]
    with system(server, tmp_path, sql, profile="supabase") as target:
        found = by_subject(judged(target, "ISO005"))[f"public.{function}"]
    assert found.status is status, found.detail
