"""What functions show of other sessions and of statistics is tried while there is something of alice's to see."""

import pytest

from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.fixes.regression import marks
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.beside.observed import Observed, observed, observes
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.run.prepare import open_store
from pytest_readiness.target.replaying import replay
from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

PATIENTS = """
create table public.patients (
  id uuid primary key default gen_random_uuid(), owner uuid not null default auth.uid(),
  name text not null, number text unique);
alter table public.patients enable row level security;
create policy own on public.patients using (owner = auth.uid()) with check (owner = auth.uid());
"""
MANY = """
insert into public.patients (owner, name) select gen_random_uuid(), 'name ' || n % 300 from generate_series(1, 3000) n;
"""
DEFINER = "create function public.told{} returns {} language {} security definer as $$ {} $$;"
QUERIES = PATIENTS + DEFINER.format("()", "setof text", "sql", "select a.query from pg_stat_activity a {}")
VALUES = (
    PATIENTS
    + "{}"
    + DEFINER.format(
        "()",
        *("setof text", "sql"),
        "select unnest(s.{}::text::text[]) from pg_stats s where s.tablename = 'patients' and s.attname = '{}'",
    )
)
OPEN = {
    "the statements of all sessions": QUERIES.format(""),
    "of those that run": QUERIES.format("where a.state = 'active' and a.pid <> pg_backend_pid()"),
    "of those whose transaction is open": QUERIES.format("where a.state = 'idle in transaction'"),
    "by the function below the view": PATIENTS
    + DEFINER.format(
        "()",
        "setof text",
        "plpgsql",
        "begin return query select left(a.query, 99) from pg_stat_get_activity(null) a; end",
    ),
    "by a function of its own": PATIENTS
    + "create schema private; create function private.all_of_them() returns setof text language sql as 'select query from pg_stat_activity';"
    + DEFINER.format("()", "setof text", "sql", "select * from private.all_of_them()"),
    "common values": VALUES.format("", "most_common_vals", "name"),
    "common values among many rows": VALUES.format(MANY, "most_common_vals", "name"),
    "values that are not common": VALUES.format("", "histogram_bounds", "name"),
    "values that are unique": VALUES.format("", "histogram_bounds", "number"),
    "values of any column": PATIENTS
    + DEFINER.format(
        "(p_table text, p_column text)",
        *("text", "sql"),
        "select s.most_common_vals::text from pg_stats s where s.tablename = p_table and s.attname = p_column",
    ),
}
CLOSED = {
    "no text": PATIENTS
    + DEFINER.format("()", "bigint", "sql", "select count(*) from pg_stat_activity where state = 'active'"),
    "the caller's own statement": QUERIES.format("where a.pid = pg_backend_pid()"),
    "its caller's rights": QUERIES.format("").replace("security definer", "security invoker"),
    "for operators": PATIENTS
    + DEFINER.format(
        "()",
        *("setof text", "plpgsql"),
        "begin if auth.jwt() -> 'app_metadata' ->> 'role' is distinct from 'operator' then return; end if; return query select a.query from pg_stat_activity a; end",
    ),
    "how many values": PATIENTS
    + DEFINER.format("()", "real", "sql", "select s.n_distinct from pg_stats s where s.attname = 'name' limit 1"),
    "values that its caller may read": VALUES.format("", "most_common_vals", "name").replace(
        "security definer", "security invoker"
    ),
}  # fmt: skip


@pytest.fixture
def failed(server, tmp_path):
    """Return what fails of functions, or of reading."""

    def judge(sql, check="ISO005"):
        with system(server, tmp_path, sql) as target:
            found = by_subject(judged(target, check))
        return {name: finding for name, finding in found.items() if finding.status is Status.FAILED}

    return judge


@pytest.mark.parametrize("name", OPEN)
def test_what_comes_out_of_the_server_is_found(failed, name):
    assert any(subject.startswith("public.told(") for subject in failed(OPEN[name]))


@pytest.mark.parametrize("name", CLOSED)
def test_what_shows_nothing_of_hers_raises_no_alarm(failed, name):
    assert not failed(CLOSED[name])


def test_a_view_of_such_a_function_and_a_copy_of_statistics_are_read(failed):
    found = failed(
        PATIENTS
        + "create function public.told() returns setof text language sql security definer as 'select query from pg_stat_activity';"
        "create view public.sessions as select * from public.told();"
        "create view public.own as select pid, query from pg_stat_activity;"
        "create materialized view public.facets as select attname, most_common_vals::text from pg_stats where tablename = 'patients';",
        "ISO001",
    )
    assert set(found) == {"public.sessions", "public.facets"}


def test_rows_stay_as_they_were_while_the_server_counts_more(server, tmp_path):
    with system(server, tmp_path, VALUES.format("", "most_common_vals", "name")) as target:
        store = open_store(target, target.run_directory)
        field = Field(target, store.get(CatalogEvidence), store.get(Owners), store.get(Population))
        (function,) = (one for one in field.catalog.functions if one.name == "public.told")
        assert observes(field.texts, [function.body])
        for seen in observed(field, [function.body]):
            outcome = seen.runner.one(
                Attempt(seen.cast.user(BOB), (f"{QUERY}select public.told()",), ("public.patients",))
            )
            assert not outcome.changed
            assert bool(seen.recognition.canaries_of_others(" ".join(outcome.rows), BOB)) is seen._repeated


def test_nothing_is_counted_or_said_where_nobody_looks(server, tmp_path):
    with system(server, tmp_path, PATIENTS) as target:
        store = open_store(target, target.run_directory)
        field = Field(target, store.get(CatalogEvidence), store.get(Owners), store.get(Population))
        assert not observes(field.texts, ["select 1 from public.patients -- pg_stat_activity"])
        seen = Observed(field, ["select 1"])
        assert seen.runner
        assert seen.setup("public.patients", ()) == field.setup("public.patients", ())


def test_values_in_statistics_can_be_seen_again(server, tmp_path):
    with system(server, tmp_path, OPEN["common values"]) as target:
        finding = by_subject(judged(target, "ISO005"))["public.told()"]
        found = replay(target, finding.reproduce, marks(finding.detail))
    assert found.got, (found, finding.reproduce)
