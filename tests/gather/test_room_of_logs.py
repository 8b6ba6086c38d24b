"""Logs that are partitioned by time, and until when there is room in them."""

import pytest

from systems import by_subject, judged, system

LOG = """
create table public.purses (id bigint primary key, cents bigint not null default 0);
create table public.audit_log (n bigint generated always as identity, at timestamptz not null default clock_timestamp(),
  table_name text not null, operation text not null, old_data jsonb, new_data jsonb) partition by range (at);
do $$ begin execute format('create table public.audit_now partition of public.audit_log for values from (%L) to (%L)',
  now() - interval '1 day', now() + interval '{until}'); end $$;
create function public.record() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.audit_log (table_name, operation, old_data, new_data) values (tg_table_name, tg_op,
    case when tg_op <> 'INSERT' then to_jsonb(old) end, case when tg_op <> 'DELETE' then to_jsonb(new) end);
  return null;
end $$;
create trigger record after insert or update or delete on public.purses for each row execute function public.record();
"""
MORE = "create table public.audit_rest partition of public.audit_log default;"
MAKES = """
create function public.next_month() returns void language plpgsql as $$
begin execute format('create table %I partition of public.audit_log for values from (%L) to (%L)', 'x', now(), now()); end $$;
"""
OTHERS = MAKES.replace("public.audit_log", "public.events")


@pytest.mark.parametrize(
    ("until", "rest", "told"),
    [
        ("2 days", "", True),
        ("90 days", "", False),
        ("2 days", MORE, False),
        ("2 days", MAKES, False),
        ("2 days", OTHERS, True),
    ],
    ids=["soon", "later", "for all else", "made by a function", "of another table"],
)
def test_a_log_that_is_full_soon_is_told(server, tmp_path, until, rest, told):
    with system(server, tmp_path, LOG.format(until=until) + rest) as target:
        assert ("public.audit_log: room" in by_subject(judged(target, "AUD010"))) is told
