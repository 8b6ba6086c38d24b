"""Statements sent in one message, and what comes back of them."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from pytest_readiness.gather.wallet.batches import column_names, exchanged, first_row
from systems import system


@pytest.fixture
def connection(server, tmp_path):
    with system(server, tmp_path, "create table t (n int);", profile="postgres") as target:
        yield target.database()


def test_what_each_statement_returned_is_text_as_the_server_writes_it(connection):
    batch = b"begin; select true as yes, null::int as none, 1.50 as cents; select 1 where false; commit"
    begun, row, empty, committed = exchanged(connection, batch)
    assert (begun.nfields, committed.nfields) == (0, 0)
    assert (first_row(row), column_names(row)) == (("t", None, "1.50"), ["yes", "none", "cents"])
    assert first_row(empty) is None
    assert empty.nfields == 1


def test_the_first_refusal_is_raised_as_what_it_is_and_the_connection_goes_on(connection):
    with pytest.raises(psycopg.errors.DivisionByZero, match="division by zero"):
        exchanged(connection, b"begin; insert into t values (1); select 1/0; commit")
    connection.execute("rollback")
    own = b"do $$ begin raise exception 'no' using errcode = 'WAL01'; end $$"
    with pytest.raises(psycopg.Error) as refused:
        exchanged(connection, own)
    assert (refused.value.sqlstate, refused.value.diag.message_primary) == ("WAL01", "no")
    assert first_row(exchanged(connection, b"select count(*) from t")[0]) == ("0",)


def test_what_json_says_is_what_callers_take_it_for(connection):
    texts = b"""'"e3"'::jsonb, 'null'::json, ' {"b": 1.10, "a": "x"}'::json, '7.50'::jsonb, 'null'::text"""
    (row,) = exchanged(connection, b"select " + texts)
    assert first_row(row) == ("e3", None, '{"b": 1.10, "a": "x"}', "7.50", "null")


def test_a_message_may_be_larger_than_what_a_socket_takes_at_once(connection):
    many = ";".join(f"select '{'x' * 1000}', {number}" for number in range(5000))
    found = exchanged(connection, many.encode())
    assert len(found) == 5000
    assert first_row(found[-1]) == ("x" * 1000, "4999")


def test_what_does_not_end_is_given_up_and_left_to_whoever_called(connection):
    with pytest.raises(TimeoutError):
        exchanged(connection, b"select pg_sleep(60)", within_s=0.1)


@pytest.mark.parametrize("copy", [b"copy t to stdout", b"copy t from stdin"])
def test_a_copy_ends_the_connection_and_no_run_waits_for_it(connection, copy):
    with pytest.raises(psycopg.ProgrammingError, match="copies rows"):
        exchanged(connection, copy)
    assert connection.closed


def test_a_server_that_goes_is_an_error_of_the_connection(connection):
    with pytest.raises(psycopg.OperationalError):
        exchanged(connection, b"select pg_terminate_backend(pg_backend_pid())")
    assert connection.closed


def test_who_waits_for_an_answer_keeps_no_other_thread_from_its_work(server, tmp_path):
    with system(server, tmp_path, "create table t (n int);", profile="postgres") as target:
        one = target.database()
        other = target.database(one.info.dbname)
        with ThreadPoolExecutor(1) as threads:
            waiting = threads.submit(exchanged, one, b"select pg_sleep(60)")
            asleep = b"select 1 from pg_stat_activity where wait_event = 'PgSleep' and pid = "
            while first_row(exchanged(other, asleep + str(one.info.backend_pid).encode())[0]) is None:
                pass
            exchanged(other, f"select pg_cancel_backend({one.info.backend_pid})".encode())
            with pytest.raises(psycopg.errors.QueryCanceled):
                waiting.result()
