"""Code is planned with what there is while it runs: the tables that a trigger names for its function too."""

import pytest

from pytest_readiness.vocabulary import Status
from systems import by_subject, judged, system

SCHEMA = """
create table public.plots (id int primary key, area numeric not null);
create table public.totals (day date not null default current_date, area numeric not null);
create function public.sum_up() returns trigger language plpgsql as $$
begin
    insert into public.totals (area) select sum({column}) from gone;
    return null;
end $$;
create trigger sum_up after delete on public.plots referencing old table as gone
    for each statement execute function public.sum_up();
"""


@pytest.mark.parametrize(("column", "status"), [("area", Status.PASSED), ("size", Status.FAILED)])
def test_rows_that_a_statement_took_are_a_table_for_its_trigger(server, tmp_path, column, status):
    with system(server, tmp_path, SCHEMA.format(column=column), profile="postgres") as target:
        found = by_subject(judged(target, "MIG013"))
    assert found["public.sum_up()"].status is status
