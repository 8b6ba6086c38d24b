"""A foreign table takes no policy and no row of ours: it is judged by the rows that its source holds."""

from pathlib import Path

import pytest

from pytest_readiness.settings import Isolation, Session
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SHIM = (Path(__file__).parents[2] / "fixtures" / "cases" / "shim.sql").read_text(encoding="utf-8")
ALICE, BOB = "aaaaaaaa-aaaa-aaaa-aaaa-aaaaaaaaaaaa", "bbbbbbbb-bbbb-bbbb-bbbb-bbbbbbbbbbbb"
BOTH = f"'{ALICE},old insulin plan' '{BOB},old knee scan'"
CHARTS = """
create extension file_fdw;
create server archive foreign data wrapper file_fdw;
create foreign table public.old_charts (user_id uuid, note text)
  server archive options (program $p$printf '%s\\n' {}$p$, format 'csv');
"""
GRANTED = "grant select on public.old_charts to authenticated;"
VIEW = """
create view public.my_charts as select note from public.old_charts where {};
grant select on public.my_charts to authenticated;
"""
FIRMS = """
do $$ begin create role payroll_web login; exception when duplicate_object then null; end $$;
create extension file_fdw;
create server archive foreign data wrapper file_fdw;
create foreign table public.closed_payrolls (firm_id integer, run text)
  server archive options (program $p$printf '%s\\n' '41,wages of March' '42,wages of April'$p$, format 'csv');
grant usage on schema public to payroll_web;
create view public.payrolls as select * from public.closed_payrolls where {};
grant select on public.payrolls to payroll_web;
"""
BY_FIRM = Isolation(session=Session("payroll_web", "select set_config('app.firm', %(tenant)s::text, true)"))


@pytest.fixture
def found(server, tmp_path):
    """Return what ISO001 says of each relation."""

    def judge(*texts, shim=SHIM, **given):
        given = {"profile": "postgres", "migrations_as": "superuser"} | given
        with system(server, tmp_path, shim, *texts, **given) as target:
            return by_subject(judged(target, "ISO001"))

    return judge


def test_one_that_clients_read_shows_whoever_asks_the_rows_of_others(found):
    finding = found(CHARTS.format(BOTH) + GRANTED)["public.old_charts"]
    assert finding.status is Status.FAILED
    assert "As bob I read another owner's old chart: `note, 16 characters`" in finding.detail
    assert ALICE not in finding.detail
    assert "insulin" not in finding.detail
    assert "no policy can stand before a foreign table" in finding.detail
    assert finding.fix.startswith("revoke select on public.old_charts from authenticated;")


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("user_id = auth.uid()", Status.PASSED),
        ("user_id = auth.uid() or note ~~ 'old%'", Status.FAILED),
        ("user_id is not distinct from user_id", Status.FAILED),
    ],
    ids=["of the caller", "and of others", "of everybody"],
)
def test_a_view_of_it_is_read_as_those_whom_its_rows_name(found, condition, status):
    read = found(CHARTS.format(BOTH), VIEW.format(condition))
    assert read["public.my_charts"].status is status
    assert read["public.old_charts"].detail == "no client role may select from it"


@pytest.mark.parametrize(
    ("condition", "status"),
    [
        ("firm_id = nullif(current_setting('app.firm', true), '')::int", Status.PASSED),
        ("firm_id > 0", Status.FAILED),
    ],
)
def test_rows_of_tenants_are_read_as_their_members(found, condition, status):
    read = found(FIRMS.format(condition), shim="", isolation=BY_FIRM)
    assert read["public.payrolls"].status is status


def test_of_rows_of_one_alone_nobody_else_reads_any(found):
    read = found(CHARTS.format(f"'{ALICE},old insulin plan'"), GRANTED + VIEW.format("user_id = auth.uid()"))
    assert read["public.old_charts"].status is Status.FAILED
    assert read["public.my_charts"].status is Status.PASSED


def test_without_rows_nothing_is_proven(found):
    read = found(CHARTS.format("'x' | head -c 0"), GRANTED + VIEW.format("user_id = auth.uid()"))
    for name in ("public.old_charts", "public.my_charts"):
        assert read[name].status is Status.UNKNOWN
        assert "nobody's row can be put into public.old_charts, a foreign table" in read[name].detail


def test_words_of_states_tell_of_nobody(found):
    counts = "create view public.states as select note as state, count(*) from public.old_charts group by 1;"
    rows = f"'{ALICE},cancelled' '{BOB},in_progress'"
    read = found(CHARTS.format(rows), counts + "grant select on public.states to authenticated;")
    assert read["public.states"].status is Status.UNKNOWN


def test_a_source_that_is_not_there_breaks_nothing(found):
    away = CHARTS.format("'x'").replace(
        "options (program $p$printf '%s\\n' 'x'$p$", "options (filename '/nowhere/charts'"
    )
    read = found(away, GRANTED + VIEW.format("user_id = auth.uid()"))
    for name in ("public.old_charts", "public.my_charts"):
        assert read[name].status is Status.UNKNOWN
        assert "public.old_charts, a foreign table, cannot be read here: 58P01" in read[name].detail


def test_one_that_names_nobody_raises_no_alarm(found):
    codes = CHARTS.replace("user_id uuid, note", "code text, note").format("'AT,Austria' 'CH,Switzerland'")
    assert found(codes + GRANTED)["public.old_charts"].status is not Status.FAILED


ORDERS = CHARTS.replace("user_id uuid, note text", "user_id {}, quantity integer, approved_by {}")


@pytest.mark.parametrize(
    ("kind", "rows"),
    [
        ("uuid", f"'{ALICE},1,{BOB}' '{BOB},2,{ALICE}'"),
        ("uuid", f"'{ALICE},1,{ALICE}' '{BOB},2,{ALICE}'"),
        ("integer", "'1,2,2' '2,1,1'"),
    ],
)
def test_a_key_in_another_column_makes_no_row_anothers(found, kind, rows):
    own = VIEW.replace("select note", "select *")
    asked = "user_id::text = (current_setting('request.jwt.claims', true)::json ->> 'sub')"
    view = own.format("user_id = auth.uid()" if kind == "uuid" else asked)
    read = found(ORDERS.format(kind, kind, rows), view)
    assert read["public.my_charts"].status is Status.PASSED
