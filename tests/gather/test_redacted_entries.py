"""Entries that cover what is nobody's business, on a real server: always, or some of them alone."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

GUESTS = """
create table public.guests (id int primary key, name text not null, passport_no text, room int not null default 1);
create table public.audit_log (n bigint generated always as identity primary key,
  at timestamptz not null default clock_timestamp(), action text not null, table_name text not null,
  row_id text not null, old_data jsonb, new_data jsonb, changed text[]);
alter table public.guests enable row level security;
alter table public.audit_log enable row level security;
revoke all on public.audit_log, public.guests from anon, authenticated, service_role;
grant select, insert, update, delete on public.guests to service_role;
create function public.covered(r jsonb, op text) returns jsonb language sql immutable as $$ select {covered} $$;
create function public.record() returns trigger language plpgsql security definer set search_path = '' as $$
declare
  o jsonb := case when tg_op <> 'INSERT' then to_jsonb(old) end;
  n jsonb := case when tg_op <> 'DELETE' then to_jsonb(new) end;
begin
  insert into public.audit_log (action, table_name, row_id, old_data, new_data, changed)
  values (tg_op, tg_table_name, coalesce(n, o) ->> 'id', public.covered(o, tg_op), public.covered(n, tg_op),
    case when tg_op = 'UPDATE' then array(select k from jsonb_object_keys(n) k where o -> k is distinct from n -> k) end);
  return null;
end $$;
create trigger rec after insert or update or delete on public.guests
  for each row execute function public.record();
"""
LEFT_OUT = "r - 'passport_no'"
STARRED = """r || case when r ->> 'passport_no' is null then '{}' else '{"passport_no": "***"}' end::jsonb"""


@pytest.mark.parametrize("covered", [LEFT_OUT, STARRED], ids=["left out", "starred"])
def test_what_no_entry_shows_is_told_and_no_untruth(server, tmp_path, covered):
    with system(server, tmp_path, GUESTS.replace("{covered}", covered)) as target:
        found = by_subject(judged(target, "AUD002"))["public.guests"]
    assert found.status is Status.PASSED
    assert "without passport_no, which no entry shows" in found.detail


@pytest.mark.parametrize(
    "covered",
    [
        f"case when op = 'UPDATE' then {LEFT_OUT} else r end",
        f"({STARRED}) - 'room'",
        LEFT_OUT.replace("passport_no", "name"),
    ],
    ids=["in some entries", "with another column", "another column"],
)
def test_what_some_entries_show_is_no_redaction(server, tmp_path, covered):
    with system(server, tmp_path, GUESTS.replace("{covered}", covered)) as target:
        found = by_subject(judged(target, "AUD002"))["public.guests"]
    assert found.status is Status.FAILED
    assert "lacks" in found.detail
