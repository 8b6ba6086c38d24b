"""A given server is refused with a reason that keeps its password, swept after killed runs, and restored."""

import pickle
import socket
import subprocess
import sys
from dataclasses import dataclass

import psycopg
import pytest

from pytest_readiness.providers import postgres, redis
from pytest_readiness.providers.errors import Attempt, NoProviderError, ProviderError
from pytest_readiness.providers.given import redacted


@dataclass
class Given:
    url: str
    disposable: bool = True


@pytest.fixture(scope="module")
def running():
    """A server of its own, since roles belong to the whole server."""
    server = postgres.start("embedded", run_id="given")
    yield server
    server.stop()


@pytest.fixture
def admin(running):
    with psycopg.connect(running.admin, autocommit=True) as connection:
        yield connection


def names(admin):
    databases = admin.execute("select datname from pg_database").fetchall()
    return {name for (name,) in databases + admin.execute("select rolname from pg_roles").fetchall()}


def start(given, run_id="r1"):
    return postgres.start(given, run_id=run_id)


def test_it_is_left_as_it_was_found(running, admin):
    before = names(admin)
    server = start(Given(running.admin))
    admin.execute("create database readiness_r1_x is_template true")
    admin.execute("create role authenticated; grant set on parameter work_mem to authenticated")
    assert names(admin) > before
    server.stop()
    assert names(admin) == before
    server.stop()


def test_the_next_run_drops_what_a_killed_one_left(running, admin):
    before = names(admin)
    script = (
        "import os, psycopg\n"
        "from pytest_readiness.providers.postgres import start\n"
        "from types import SimpleNamespace as S\n"
        f"server = start(S(url={running.admin!r}, disposable=True), run_id='killed')\n"
        "with psycopg.connect(server.admin, autocommit=True) as c:\n"
        "    c.execute('create database readiness_killed_x'); c.execute('create role left_behind')\n"
        "os.kill(os.getpid(), 9)\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == -9
    assert {"readiness_killed_x", "left_behind"} <= names(admin)
    start(Given(running.admin)).stop()
    assert names(admin) == before


def test_runs_at_the_same_time_leave_each_others_databases_and_roles_alone(running, admin):
    before = names(admin)
    first, second = start(Given(running.admin)), start(Given(running.admin), "r2")
    admin.execute("create database readiness_r1_x")
    admin.execute("create database readiness_r2_x")
    admin.execute("create role shared")
    first.stop()
    assert names(admin) - before == {"readiness_r2_x", "shared", "readiness_run_r2"}
    second.stop()
    assert names(admin) == before


def test_a_role_that_something_depends_on_is_told_and_stays(running, admin):
    server = start(Given(running.admin))
    admin.execute("create role owner; create table public.kept (); alter table public.kept owner to owner")
    with pytest.raises(ProviderError, match=r'"owner" cannot be dropped'):
        server.stop()
    admin.execute("drop table public.kept; drop role owner")


def test_a_role_that_is_no_superuser_is_refused(running, admin):
    admin.execute("create role plain login password 'hunter2'")
    given = Given(running.conninfo(database="postgres", user="plain", password="hunter2"))  # noqa: S106  the test made it
    with pytest.raises(ProviderError, match='"plain" is no superuser'):
        start(given)
    admin.execute("drop role plain")


def test_one_that_is_not_disposable_is_not_written_to(running, admin):
    before = names(admin)
    server = start(Given(running.admin, disposable=False))
    assert names(admin) == before
    assert not server.disposable
    server.stop()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("postgresql://u:hunter2@127.0.0.1:1/x", "127.0.0.1"),
        ("postgresql+asyncpg://u:hunter2@127.0.0.1/x", "without a driver's name"),
        ("postgresql://u:hunter2 and more@127.0.0.1/x y=", "To mend it"),
        ("", "the URL is empty"),
        ("env:SURELY_NOT_SET", "SURELY_NOT_SET is not set"),
    ],
)
def test_one_that_cannot_be_reached_is_told_without_its_password(url, said):
    with pytest.raises(ProviderError) as caught:
        start(Given(url))
    assert said in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_a_run_must_have_a_name_that_fits_into_names():
    with pytest.raises(ValueError, match="run id"):
        start(Given("postgresql://127.0.0.1/x"), "no-good")


def test_a_redis_server_that_is_given_is_used_and_not_emptied():
    ours = redis.start("embedded")
    try:
        given = redis.start(Given(ours.url))
        assert (given.provider, given.ours, given.version) == ("url", False, ours.version)
        given.stop()
        ours.require_alive()
    finally:
        ours.stop()


def test_what_is_no_redis_server_is_told_without_its_password():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
    with pytest.raises(ProviderError, match="the given Redis server") as caught:
        redis.start(Given(f"redis://u:hunter2@127.0.0.1:{port}/0"))
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    ["postgresql://u:hunter2@h/x", "host=h password=hunter2 user=u", "password = 'hun ter2' host=h"],
)
def test_no_password_is_shown(text):
    assert "ter2" not in redacted(text)
    assert "h" in redacted(text)


@pytest.mark.parametrize(("choose", "said"), [(postgres.launch, "system"), (postgres.launch, "docker")])
def test_a_choice_that_does_not_exist_names_those_that_do(choose, said):
    with pytest.raises(ProviderError, match='postgres = "embedded"'):
        choose(said, run_id="r1")


def test_no_provider_tells_all_that_was_tried_and_survives_a_worker():
    attempts = (Attempt("a wheel", "not installed", "pip install it"), Attempt("b", "too old", "upgrade"))
    error = pickle.loads(pickle.dumps(NoProviderError("PostgreSQL", attempts)))  # noqa: S301  it was made here
    assert str(error).splitlines() == [
        "no PostgreSQL to start. Tried, in this order:",
        "  a wheel: not installed",
        "    to mend it: pip install it",
        "  b: too old",
        "    to mend it: upgrade",
    ]
