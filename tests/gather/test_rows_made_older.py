"""New rows are made older, whatever watches over their table, and nothing else is."""

import pytest

from pytest_readiness.gather.webhooks import ageing
from systems import system

SCHEMA = """
create function no() returns trigger language plpgsql as $$ begin raise 'append only'; end $$;
create table log (n int, at timestamptz default now(), until timestamp default now() + '1 hour', day text);
create trigger no before update on log execute function no();
alter table log enable always trigger no;
create table "odd % name" (n int, "at %s" timestamptz not null default now());
create table checked (at timestamptz check (at > '2020-01-01'));
"""
STATE = """
    select n, round(extract(epoch from now() - at) / 100), round(extract(epoch from until - at) / 3600)
    from log order by n
"""


@pytest.fixture
def connection(server, tmp_path):
    with system(server, tmp_path, SCHEMA) as target:
        connection = target.database()
        connection.execute("insert into log select 1")
        yield connection


def test_times_of_new_rows_move_into_the_past(connection):
    since = ageing.begun(connection)
    connection.execute('insert into log select 2; insert into "odd % name" select 3')
    assert ageing.age(connection, since, 1000.0) == ""
    assert connection.execute(STATE).fetchall() == [(1, 0, 1), (2, 10, 1)]
    assert connection.execute("select tgenabled from pg_trigger where tgname = 'no'").fetchone() == ("A",)
    with pytest.raises(Exception, match="append only"):
        connection.execute("update log set n = 0")


def test_what_cannot_be_made_older_is_told(connection):
    since = ageing.begun(connection)
    connection.execute("insert into log select 2; insert into checked values ('2020-01-02')")
    assert "checked_at_check" in ageing.age(connection, since, 1e6)
    assert [row[1] for row in connection.execute(STATE)] == [0, 0]
