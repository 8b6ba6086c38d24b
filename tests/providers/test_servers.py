"""A server of ours is private, is no root's, says when it is gone, and leaves nothing however the run ends."""

import json
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest
import redis

from pytest_readiness.providers import postgres
from pytest_readiness.providers import redis as valkey
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.guard import Running

START = {
    "postgres": "from pytest_readiness.providers.postgres import launch; server = launch('embedded', run_id='t')",
    "redis": "from pytest_readiness.providers.redis import launch; server = launch('embedded')",
}
SAY = """
import json, time
running = server.wait().running
print(json.dumps([running.pid, running.started, running.log]), flush=True)
time.sleep(60)
"""


def start(kind):
    return postgres.start("embedded", run_id="t") if kind == "postgres" else valkey.start("embedded")


def answers(server):
    if isinstance(server, postgres.PostgresServer):
        with psycopg.connect(server.admin) as connection:
            return connection.execute("select 1").fetchone() == (1,)
    with redis.Redis.from_url(server.url) as client:
        return client.ping()


def gone(running, within=10.0):
    """Whether the process and its directory go away."""
    limit = time.monotonic() + within
    while running.alive or Path(running.log).parent.exists():
        if time.monotonic() > limit:
            return False
        time.sleep(0.02)
    return True


@pytest.fixture(params=["postgres", "redis"])
def kind(request):
    return request.param


@pytest.fixture
def started(kind):
    server = start(kind)
    yield server
    server.stop()


def test_it_answers_until_it_is_stopped(started):
    assert answers(started)
    started.require_alive()
    started.stop()
    assert gone(started.running, within=0)
    started.stop()


def test_nobody_else_reaches_it(started):
    directory = Path(started.running.log).parent
    assert directory.stat().st_mode & 0o077 == 0
    if isinstance(started, postgres.PostgresServer):
        with psycopg.connect(started.admin) as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
    else:
        with redis.Redis.from_url(started.url) as client:
            assert client.config_get("port") == {"port": "0"}


def test_a_query_without_end_does_not_fill_the_machine():
    server = start("postgres")
    endless = (
        "with recursive r as (select repeat('x', 9999) x union all select x from r) select max(x) from r"
    )
    try:
        with psycopg.connect(server.admin) as connection:
            connection.execute("set statement_timeout = '60s'")
            with pytest.raises(psycopg.errors.ConfigurationLimitExceeded):
                connection.execute(endless)
    finally:
        server.stop()


@pytest.mark.skipif(os.geteuid() != 0, reason="nothing is dropped where nobody is root")
def test_it_does_not_run_as_root(started):
    assert Path(f"/proc/{started.running.pid}").stat().st_uid != 0


def test_what_a_process_is_told_of_it_is_enough_to_use_it(started):
    module = postgres if isinstance(started, postgres.PostgresServer) else valkey
    again = module.attached(json.loads(json.dumps(started.describe())))
    assert answers(again)
    again.stop()
    assert answers(started)


def test_a_forked_child_leaves_it_alone(started):
    child = multiprocessing.get_context("fork").Process(target=started.stop)
    child.start()
    child.join()
    assert answers(started)


def test_that_it_was_killed_is_told_with_the_end_of_its_log(started):
    os.kill(started.running.pid, signal.SIGKILL)
    while started.running.alive:
        time.sleep(0.01)
    with pytest.raises(ProviderError, match="ended during the run") as caught:
        started.require_alive()
    assert "log" in str(caught.value)
    assert "out-of-memory" in caught.value.mend


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGHUP], ids=lambda how: how.name)
def test_it_goes_with_the_process_that_started_it(kind, how):
    # Under nohup a process inherits that the signal is nothing to it.
    heeds = f"import signal; signal.signal({how.value}, signal.SIG_DFL); " if how != signal.SIGKILL else ""
    with subprocess.Popen(
        [sys.executable, "-c", heeds + START[kind] + SAY],
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
    ) as process:
        running = Running(*json.loads(process.stdout.readline()))
        assert running.alive
        os.killpg(process.pid, how)
    assert gone(running)


def test_it_goes_when_the_process_ends_before_it_answers(kind, tmp_path):
    script = START[kind] + "; child = server._child.running; import os, json"
    script += (
        f"; open({str(tmp_path / 'who')!r}, 'w').write(json.dumps([child.pid, child.started, child.log]))"
    )
    script += "; os._exit(0)"
    subprocess.run([sys.executable, "-c", script], check=True)
    assert gone(Running(*json.loads((tmp_path / "who").read_text())))


def test_a_server_that_cannot_start_shows_its_log_and_leaves_nothing(kind, monkeypatch):
    module = postgres if kind == "postgres" else valkey
    embedded = __import__(f"{module.__name__}.embedded", fromlist=["_OPTIONS"])
    wrong = {"wal_level": "none"} if kind == "postgres" else ("--port", "many")
    monkeypatch.setattr(embedded, "_OPTIONS", wrong)
    booting = module.launch("embedded", run_id="t") if kind == "postgres" else module.launch("embedded")
    with pytest.raises(ProviderError, match="its log ends with") as caught:
        booting.wait()
    assert "none" in str(caught.value) or "many" in str(caught.value)
    assert gone(booting._child.running, within=0)
