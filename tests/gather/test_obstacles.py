"""Bookings fail while an obstacle stands, and only those that the effect shows."""

import pytest

from pytest_readiness.gather.webhooks.obstacles import Absence, refusals, removed
from systems import system

SCHEMA = """
create table public.inbox (id int primary key);
create table public."odd Entries" (id int, day int) partition by list (day);
create table public.first_day partition of public."odd Entries" for values in (1);
create function public.entries() returns bigint language sql as 'select count(*) from public."odd Entries"';
create view public.told as select public.entries() as n;
do $$ begin create role obstacle_clerk; exception when duplicate_object then null; end $$;
grant insert on public.inbox, public."odd Entries" to obstacle_clerk;
"""
BOOK, KEEP = 'insert into public."odd Entries" values (1, 1)', "insert into public.inbox values (%s)"


@pytest.fixture
def target(server, tmp_path):
    with system(server, tmp_path, SCHEMA, profile="postgres") as target:
        yield target


@pytest.fixture
def connection(target):
    return target.database()


def left(connection):
    """Return what is left of obstacles."""
    return connection.execute(
        "select nspname::text from pg_namespace where nspname ~ 'readiness' union all "
        "select tgname::text from pg_trigger where tgname ~ 'readiness'"
    ).fetchall()


@pytest.mark.parametrize("number", [0, 1])
def test_writes_to_what_the_effect_shows_are_refused(connection, number):
    import psycopg

    found, untried = refusals(connection, "select n from public.told")
    assert untried == ""
    obstacle = found[number]
    assert "public.first_day" in obstacle.what
    connection.execute("set role obstacle_clerk")
    connection.execute(BOOK)
    connection.execute("reset role")
    with obstacle.standing():
        connection.execute("set role obstacle_clerk")
        connection.execute(KEEP, (1,))
        with pytest.raises(psycopg.errors.DiskFull):
            connection.execute(BOOK)
        connection.execute("reset role")
        assert obstacle.hits() == 1
    connection.execute(BOOK)
    assert obstacle.hits() == 1
    assert connection.execute("select n from public.told").fetchone() == (2,)


def test_a_commit_is_refused_where_the_write_was_not(connection):
    import psycopg

    (_, commit), _ = refusals(connection, "select n from public.told")
    with commit.standing():
        connection.execute("begin")
        connection.execute(BOOK)
        connection.execute(KEEP, (1,))
        with pytest.raises(psycopg.errors.DiskFull):
            connection.execute("commit")
    assert connection.execute("select count(*) from public.inbox").fetchone() == (0,)


def test_where_the_effect_reads_no_table_nothing_is_in_the_way(connection):
    assert refusals(connection, "select 1") == (
        [],
        "`effect` reads no table, so that nothing can be in the way of its rows",
    )


def test_a_table_that_somebody_holds_gets_no_trigger_and_nothing_is_left(target, connection):
    with target.database(connection.info.dbname) as other, other.transaction():
        other.execute("lock table public.first_day in share mode")
        found, untried = refusals(connection, "select n from public.told")
    assert found == []
    assert "lock timeout" in untried
    assert not left(connection)


def test_nothing_is_left_in_the_end_unless_somebody_holds_a_table(target, connection):
    refusals(connection, "select n from public.told")
    with target.database(connection.info.dbname) as other, other.transaction():
        other.execute("lock table public.first_day in share mode")
        removed(connection)
    assert left(connection)
    connection.execute(BOOK)
    removed(connection)
    assert not left(connection)


def test_a_database_is_away_for_all_but_one_connection(target, connection):
    import psycopg

    name = connection.info.dbname
    other = target.database(name)
    with Absence(target.admin, connection).standing() as broken:
        assert broken == 1
        with pytest.raises(psycopg.OperationalError):
            other.execute("select 1")
        with pytest.raises(psycopg.OperationalError):
            target.database(name)
        connection.execute(BOOK)
    assert target.database(name).execute("select n from public.told").fetchone() == (1,)
