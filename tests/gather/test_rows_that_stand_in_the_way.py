"""A text that was made up for one row and keeps a trigger from taking another is left out again."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

MILLS = """
do $$ begin
  if not exists (select from pg_roles where rolname = 'mill_web') then create role mill_web login; end if;
end $$;
create table public.mills (
  id uuid primary key default gen_random_uuid(), name text not null, sealed_until text {sealed});
create table public.sacks (
  id uuid primary key default gen_random_uuid(), mill_id uuid not null references public.mills, grain text not null,
  made timestamptz not null default now());
create function public.stop() returns trigger language plpgsql security definer set search_path = '' as $$
declare said text;
begin
  select m.sealed_until into said from public.mills m where m.id = new.mill_id;
  if to_char(new.made, 'YYYY-MM') <= said then
    raise exception 'the mill is sealed until %', said using errcode = 'check_violation';
  end if;
  return new;
end $$;
create trigger stop before insert on public.sacks for each row execute function public.stop();
alter table public.mills enable row level security;
alter table public.sacks enable row level security;
create policy own on public.mills for select using (id = nullif(current_setting('app.mill_id', true), '')::uuid);
create policy own on public.sacks using (mill_id = nullif(current_setting('app.mill_id', true), '')::uuid);
grant select on public.mills to mill_web;
grant select, insert, update, delete on public.sacks to mill_web;
"""


@pytest.mark.parametrize(("sealed", "status"), [("", Status.PASSED), ("not null", Status.UNKNOWN)])
def test_a_row_says_nothing_where_a_refusal_quotes_it(server, tmp_path, sealed, status):
    with system(server, tmp_path, MILLS.replace("{sealed}", sealed), profile="postgres") as target:
        found = by_subject(judged(target, "ISO001"))
    assert found["public.sacks"].status is status
    assert found["public.mills"].status is Status.PASSED
