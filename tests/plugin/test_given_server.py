"""A given server is attacked in databases of the run alone, and left as it was found."""

import json
import os

import psycopg
import pytest

NOTES = """
create table public.notes (id int primary key, user_id uuid not null references auth.users, body text);
"""


def state(server):
    with psycopg.connect(server.admin) as connection:
        databases = connection.execute("select datname from pg_database order by 1").fetchall()
        roles = connection.execute(
            "select rolname, rolsuper, rolbypassrls from pg_roles order by 1"
        ).fetchall()
    return databases, roles


@pytest.fixture
def given():
    """A server of its own, since the run makes roles in it, which belong to the whole server."""
    from pytest_readiness.providers.postgres import start

    running = start("embedded", run_id="given")
    yield running
    running.stop()


def test_a_given_server_is_used_and_restored(pytester, given, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    with psycopg.connect(given.admin, autocommit=True) as connection:
        connection.execute("create role somebody login superuser password 'secret'")
        connection.execute("create database theirs")
    before = state(given)
    (pytester.path / "db").mkdir()
    (pytester.path / "db" / "1.sql").write_text(NOTES)
    (pytester.path / "readiness.toml").write_text(
        'profile = "supabase"\nmigrations = ["db"]\n[postgres]\nurl = "env:GIVEN"\ndisposable = true\n'
    )
    monkeypatch.setenv("GIVEN", given.conninfo(database="postgres", user="somebody", password="secret"))  # noqa: S106  the test made it
    result = pytester.runpytest_subprocess("-p", "no:randomly", "--readiness")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    text = (pytester.path / "readiness-report" / "readiness.json").read_text()
    report = json.loads(text)
    assert report["decision"]["sentence"].startswith("NO-GO. As bob I read alice's note")
    assert report["target"]["postgres"]["provider"].startswith("dsn")
    assert state(given) == before
