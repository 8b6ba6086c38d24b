"""The trail is found, written to and compared, on logs of other shapes than the reference's."""

import pytest

from pytest_readiness.evidence.audit import LogColumns
from pytest_readiness.settings import Audit
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

LOG = "create table public.{log} (n bigint generated always as identity primary key, {columns});"
TABLE = "create table public.bills (id int primary key, user_id uuid not null references auth.users, amount numeric not null, note text);"
FUNCTION = """
create function public.record() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.{log} ({names}) values ({values});
  return null;
end $$;
create trigger r after insert or update or delete on public.bills for each row execute function public.record();
create trigger t after truncate on public.bills for each statement execute function public.record();
"""

SHAPES = {
    "history": (
        "tbl text, op text, old_row jsonb, new_row jsonb",
        "tbl, op, old_row, new_row",
        "tg_table_name, tg_op, to_jsonb(old), to_jsonb(new)",
    ),
    "qualified": (
        "entity text, action text, before jsonb, after jsonb, pk text",
        "entity, action, before, after, pk",
        (
            "tg_table_schema || '.' || tg_table_name, lower(tg_op), to_jsonb(old), to_jsonb(new), "
            "coalesce(to_jsonb(new), to_jsonb(old)) ->> 'id'"
        ),
    ),
    "letters": (
        "table_schema name, table_name name, event char(1), old_values json, new_values json",
        "table_schema, table_name, event, old_values, new_values",
        "tg_table_schema, tg_table_name, left(tg_op, 1), to_json(old), to_json(new)",
    ),
}


def trail(shape, log="bills_audit"):
    columns, names, values = SHAPES[shape]
    return LOG.format(log=log, columns=columns) + TABLE + FUNCTION.format(log=log, names=names, values=values)


def verdict(server, path, sql, check="AUD001", **settings):
    with system(server, path, sql, **settings) as target:
        return by_subject(judged(target, check))


@pytest.mark.parametrize("shape", SHAPES)
def test_a_true_trail_passes_whatever_its_shape(server, tmp_path, shape):
    finding = verdict(server, tmp_path, trail(shape))["public.bills"]
    assert finding.status is Status.PASSED, finding.detail
    for verb in ("INSERT", "UPDATE", "DELETE", "TRUNCATE"):
        assert verb in finding.detail


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("drop trigger r on public.bills;", "left no entry"),
        ("alter table public.bills disable trigger r;", "left no entry"),
        ("drop trigger t on public.bills;", "TRUNCATE"),
    ],
)
def test_a_gap_is_told_with_its_verb(server, tmp_path, change, said):
    finding = verdict(server, tmp_path, trail("history") + change)["public.bills"]
    assert finding.status is Status.FAILED
    assert said in finding.detail


def test_an_entry_too_many_is_told(server, tmp_path):
    twice = "create trigger twice after insert on public.bills for each row execute function public.record();"
    finding = verdict(server, tmp_path, trail("history") + twice, "AUD002")["public.bills"]
    assert finding.status is Status.FAILED
    assert "left 2 entries" in finding.detail


def test_a_failure_can_be_seen_again(server, tmp_path):
    with system(server, tmp_path, trail("history") + "drop trigger r on public.bills;") as target:
        finding = by_subject(judged(target, "AUD001"))["public.bills"]
        results = [
            cursor.fetchall()
            for cursor in target.database().execute(finding.reproduce.encode()).results()
            if cursor.description
        ]
    assert results[-1] == [], "the log is shown last, and it is empty"


def test_declared_tables_and_columns_are_used(server, tmp_path):
    sql = trail("history").replace("tbl", "what").replace("op ", "did ").replace(" op,", " did,")
    settings = Audit(
        log="public.bills_audit",
        tables=("public.b*",),
        columns=LogColumns(table="what", operation="did"),
    )
    finding = verdict(server, tmp_path, sql, audit=settings)["public.bills"]
    assert finding.status is Status.PASSED, finding.detail


def test_money_outside_the_trail_is_a_gap(server, tmp_path):
    forgotten = TABLE.replace("bills", "tips")
    found = verdict(server, tmp_path, trail("history") + forgotten, "AUD008")
    assert found["public.bills"].status is Status.PASSED
    assert found["public.tips"].status is Status.FAILED
    assert "holds somebody's money (amount)" in found["public.tips"].detail


def test_without_a_trail_there_is_nothing_to_judge(server, tmp_path):
    with system(server, tmp_path, TABLE) as target:
        assert "no audit log" in judged(target, "AUD001").absent


def test_a_table_that_refuses_every_write_is_unknown(server, tmp_path):
    sealed = trail("history") + (
        "create function public.no() returns trigger language plpgsql as $$ begin raise exception 'sealed'; end $$;"
        "create trigger a before insert on public.bills for each row execute function public.no();"
    )
    finding = verdict(server, tmp_path, sealed)["public.bills"]
    assert finding.status is Status.UNKNOWN
    assert "sealed" in finding.detail


HISTORY = """
create table public.bills_history (
  id int, user_id uuid, amount numeric, note text, changed_at timestamptz default clock_timestamp(){more});
create function public.keep() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  {body}
  return null;
end $$;
create trigger k after {events} on public.bills for each row execute function public.keep();
create trigger t after truncate on public.bills for each statement execute function public.sealed();
"""
SEALED = """create function public.sealed() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;"""
KEPT = {
    "what was": ("", "update or delete", "insert into public.bills_history values (old.*);"),
    "what is": (
        ", operation text",
        "insert or update or delete",
        "insert into public.bills_history values ((coalesce(new, old)).*, clock_timestamp(), tg_op);",
    ),
    "by a name that is put together": (
        "",
        "update or delete",
        "execute format('insert into public.%I select ($1).*', tg_table_name || '_history') using old;",
    ),
}


@pytest.mark.parametrize("kept", KEPT)
def test_a_history_table_of_one_table_is_a_trail(server, tmp_path, kept):
    more, events, body = KEPT[kept]
    sql = TABLE + SEALED + HISTORY.format(more=more, events=events, body=body)
    with system(server, tmp_path, sql) as target:
        for check in ("AUD001", "AUD002"):
            finding = by_subject(judged(target, check))["public.bills"]
            assert finding.status is Status.PASSED, finding.detail


def test_a_history_that_keeps_a_version_that_never_was_is_told(server, tmp_path):
    more, events, body = KEPT["what was"]
    sql = TABLE + SEALED + HISTORY.format(more=more, events=events, body="old.amount := 0; " + body)
    finding = verdict(server, tmp_path, sql, "AUD002")["public.bills"]
    assert finding.status is Status.FAILED


def test_a_child_of_an_audited_table_has_no_trigger_of_its_own(server, tmp_path):
    child = "create table public.big_bills (primary key (id)) inherits (public.bills);"
    found = verdict(server, tmp_path, trail("history") + child, "AUD008")
    assert found["public.bills"].status is Status.PASSED
    assert found["public.big_bills"].status is Status.FAILED


def test_a_log_that_the_application_writes_is_attacked_too(server, tmp_path):
    log = LOG.format(
        log="audit_log", columns="user_id uuid, action text, entity text, before jsonb, at timestamptz"
    )
    open_to_all = "grant all on public.audit_log to service_role;"
    found = verdict(server, tmp_path, log + open_to_all, "AUD005")
    assert found["public.audit_log"].status is Status.FAILED


def test_a_feed_of_notices_is_no_trail(server, tmp_path):
    feed = (
        "create table public.notifications (id bigint generated always as identity primary key, "
        "user_id uuid, event_type text, entity text, at timestamptz default now());"
    )
    tell = (
        "create function public.tell() returns trigger language plpgsql security definer set search_path = '' as $$ "
        "begin insert into public.notifications (user_id, event_type, entity) values (new.user_id, 'bill', 'bills'); "
        "return new; end $$;"
        "create trigger n after insert on public.bills for each row execute function public.tell();"
    )
    with system(server, tmp_path, TABLE + feed + tell) as target:
        assert judged(target, "AUD001").absent
