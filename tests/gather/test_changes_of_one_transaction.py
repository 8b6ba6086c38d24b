"""Several changes of one row in one transaction, each of which leaves an entry, on a real server."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

TABLE = """
create table public.tariffs (code text primary key, cents int not null, label text not null default 'plain');
alter table public.tariffs enable row level security;
revoke all on public.tariffs from anon, authenticated;
grant select, insert, update, delete on public.tariffs to service_role;
create function public.refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
create trigger no_trunc before truncate on public.tariffs for each statement execute function public.refuse();
create table public.tariff_log (n bigint generated always as identity, at timestamptz not null default clock_timestamp(),
  tx xid8 not null default pg_current_xact_id(), op text not null, code text not null, old_row jsonb, new_row jsonb);
alter table public.tariff_log enable row level security;
revoke all on public.tariff_log from anon, authenticated, service_role;
"""
ENTRY = """
create unique index one on public.tariff_log (code, {key});
create function public.record() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.tariff_log (op, code, old_row, new_row) values (tg_op, coalesce(new.code, old.code),
    case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end)
  on conflict (code, {key}) do update set op = excluded.op, old_row = excluded.old_row, new_row = excluded.new_row;
  return null;
end $$;
create trigger rec after insert or update or delete on public.tariffs
  for each row execute function public.record();
"""
STATE = """
create function public.compare() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  r public.tariffs := case when tg_op = 'DELETE' then old else new end;
  was jsonb := (select l.new_row from public.tariff_log l where l.code = r.code order by l.n desc limit 1);
  now jsonb := (select to_jsonb(t) from public.tariffs t where t.code = r.code);
begin
  if was is distinct from now then
    insert into public.tariff_log (op, code, old_row, new_row) values
      (case when was is null then 'INSERT' when now is null then 'DELETE' else 'UPDATE' end, r.code, was, now);
  end if;
  return null;
end $$;
create constraint trigger compare after insert or update or delete on public.tariffs
  deferrable initially {when} for each row execute function public.compare();
"""
CLOSED = """
create table public.tariffs_history (code text, cents int, label text, op text not null,
  valid_from timestamptz not null default clock_timestamp(), valid_to timestamptz, {key});
drop table public.tariff_log;
create function public.version() returns trigger language plpgsql security definer set search_path = '' as $$
declare r public.tariffs := case when tg_op = 'DELETE' then old else new end;
begin
  update public.tariffs_history set valid_to = clock_timestamp() where code = r.code and valid_to is null;
  insert into public.tariffs_history (code, cents, label, op) values (r.code, r.cents, r.label, tg_op) {conflict};
  return null;
end $$;
create trigger version after insert or update or delete on public.tariffs
  for each row execute function public.version();
"""
OVER = "on conflict (code) do update set cents = excluded.cents, label = excluded.label, op = excluded.op, valid_to = null"


def judge(server, tmp_path, more):
    with system(server, tmp_path, TABLE + more) as target:
        return by_subject(judged(target, "AUD001"))["public.tariffs"]


@pytest.mark.parametrize(
    ("merged", "said"),
    [
        (ENTRY.format(key="tx"), "wrote over an entry that was there"),
        (STATE.format(when="deferred"), "left 1 of the 2 entries that its statements leave one by one"),
        (CLOSED.format(key="primary key (code)", conflict=OVER), "wrote over an entry that was there"),
    ],
    ids=["by transaction", "at its end", "the only version"],
)
def test_changes_that_are_merged_into_one_entry_are_missing(server, tmp_path, merged, said):
    found = judge(server, tmp_path, merged)
    assert found.status is Status.FAILED
    assert said in found.detail


@pytest.mark.parametrize(
    "kept",
    [
        ENTRY.format(key="n"),
        STATE.format(when="immediate"),
        CLOSED.format(key="primary key (code, valid_from)", conflict=""),
    ],
    ids=["numbered", "at once", "versions that are closed"],
)
def test_changes_that_each_leave_an_entry_are_sound(server, tmp_path, kept):
    assert judge(server, tmp_path, kept).status is Status.PASSED
