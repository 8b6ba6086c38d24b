"""Entries of changes that never were, by functions that write what they are told, and changes without entries."""

import pytest

from systems import by_subject, judged, system
from trail_schemas import purses

TELLS = """
create function public.tell({arguments}) returns void language plpgsql security definer set search_path = '' as $$
begin {body} end $$;
"""
COLUMNS = "insert into public.audit_log (table_name, operation, row_id, actor, old_data, new_data)"
WHOLE = """
insert into public.audit_log (at, table_name, operation, row_id, actor, old_data, new_data)
select now(), r.table_name, r.operation, r.row_id, auth.uid(), r.old_data, r.new_data
from jsonb_populate_record(null::public.audit_log, p_event) r;
"""
PARTS = (
    f"{COLUMNS} values (p_event ->> 'of', p_event ->> 'verb', p_event ->> 'which', auth.uid(), null, null);"
)
NOTE = f"{COLUMNS} values ('app', 'NOTE', null, auth.uid(), null, p_event);"
NEVER = f"perform 1 / 0; {COLUMNS} values (p_table, p_operation, p_row_id, auth.uid(), null, null);"
MOVES = f"""
update public.purses set cents = p_cents where tag = p_tag and owner = auth.uid();
if not found then raise exception using errcode = '22023', message = 'no such purse'; end if;
{COLUMNS} values ('purses', 'UPDATE', p_tag, auth.uid(), null, null);
"""


def told(arguments, body):
    return TELLS.format(arguments=arguments, body=body)


@pytest.mark.parametrize(
    ("called", "status"),
    [
        (told("p_event jsonb", WHOLE), "failed"),
        (told("p_event jsonb", PARTS), "failed"),
        (told("p_event jsonb", NOTE), "passed"),
        (told("p_tag text, p_cents bigint", MOVES), "passed"),
    ],
    ids=["a whole entry", "by keys of its own", "a note", "a change of one's own"],
)
def test_what_writes_what_it_is_told_is_told_of_changes_that_never_were(server, tmp_path, called, status):
    with system(server, tmp_path, purses() + called) as target:
        found = by_subject(judged(target, "AUD006"))
    assert {name: finding.status.value for name, finding in found.items()} == {"public.audit_log": status}


def test_what_refuses_all_that_it_is_told_is_unknown(server, tmp_path):
    called = told("p_table text, p_operation text, p_row_id text", NEVER)
    with system(server, tmp_path, purses() + called) as target:
        found = by_subject(judged(target, "AUD006"))
    unsure = [finding for name, finding in found.items() if "public.tell(" in name]
    assert [finding.status.value for finding in unsure] == ["unknown"]
    assert "22012" in unsure[0].detail


QUIET = """
create function public.correct(p_tag text, p_cents bigint) returns void language sql security definer {config} as $$
  update public.purses set cents = p_cents where tag = p_tag
$$;
revoke execute on function public.correct from public, anon, authenticated;
grant execute on function public.correct to service_role;
"""


@pytest.mark.parametrize(
    ("config", "status"),
    [
        ("set search_path = ''", "passed"),
        ("set search_path = '' set session_replication_role = replica", "failed"),
    ],
)
def test_a_function_may_be_quiet_by_a_setting_of_its_own(server, tmp_path, config, status):
    with system(server, tmp_path, purses() + QUIET.format(config=config)) as target:
        assert by_subject(judged(target, "AUD006"))["public.audit_log"].status.value == status


GUARDED = """
create function public.flag(p text) returns text language sql stable as $$ select current_setting('app.' || p, true) $$;
create function public.sealed() returns trigger language plpgsql as $$
begin
  if public.flag('purging') = 'on' then return old; end if;
  raise exception 'sealed' using errcode = '42501';
end $$;
create trigger sealed before update or delete on public.audit_log for each row execute function public.sealed();
grant {rights} on public.audit_log to service_role;
create policy all_ on public.audit_log to service_role using (true);
"""


@pytest.mark.parametrize(("rights", "status"), [("delete", "failed"), ("select", "passed")])
def test_a_guard_is_switched_by_a_setting_whose_name_is_put_together(server, tmp_path, rights, status):
    with system(server, tmp_path, purses() + GUARDED.format(rights=rights)) as target:
        assert by_subject(judged(target, "AUD005"))["public.audit_log"].status.value == status


WITHOUT_IP = """
alter table public.audit_log add ip_address inet;
create table public.sealed (id bigint primary key check (id <> id), cents bigint not null);
create trigger record after insert or update or delete on public.sealed for each row execute function public.record();
"""


def test_a_table_that_nobody_can_write_to_fills_no_column(server, tmp_path):
    with system(server, tmp_path, purses() + WITHOUT_IP) as target:
        found = by_subject(judged(target, "AUD003"))
    assert [name for name, one in found.items() if "ip_address" in name and one.status.value == "unknown"]
