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


def verdict(server, path, sql, **settings):
    with system(server, path, sql, **settings) as target:
        return by_subject(judged(target, "AUD001"))


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
        (
            "create trigger twice after insert on public.bills for each row execute function public.record();",
            "left 2 entries",
        ),
    ],
)
def test_a_gap_is_told_with_its_verb(server, tmp_path, change, said):
    finding = verdict(server, tmp_path, trail("history") + change)["public.bills"]
    assert finding.status is Status.FAILED
    assert said in finding.detail


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
    found = verdict(server, tmp_path, trail("history") + forgotten)
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
