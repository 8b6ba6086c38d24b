"""What passes through the proxy between a service and its server, and what is held there."""

import asyncio
import socket
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import asyncpg
import psycopg
import pytest

from pytest_readiness.gather.wallet.backends import Backends
from pytest_readiness.gather.wallet.teller import WalletError
from pytest_readiness.gather.wallet.wire import wire as wires
from pytest_readiness.gather.wallet.wire.entrance import Entrance
from pytest_readiness.gather.wallet.wire.frames import framed
from pytest_readiness.gather.wallet.wire.lines import Line, Lines
from pytest_readiness.gather.wallet.wire.meeting import lose
from pytest_readiness.gather.wallet.wire.passage import Passage, points
from pytest_readiness.gather.wallet.wire.wire import Wire, WireError
from systems import system


@pytest.fixture
def wire(server, tmp_path):
    with system(server, tmp_path, "create table t (n int);", profile="postgres") as target:
        monitor = target.database()
        proxy = Wire(monitor)
        yield (
            proxy,
            monitor,
            {
                "host": str(proxy.doors[0]),
                "port": proxy.port,
                "user": monitor.info.user,
                "dbname": monitor.info.dbname,
            },
        )
        proxy.close()


def test_everything_passes_while_nothing_is_held(wire):
    _, _, place = wire
    with psycopg.connect(**place) as client:
        with client.cursor().copy("copy t from stdin") as rows:
            for number in range(1000):
                rows.write_row((number,))
        with client.cursor().copy("copy t to stdout") as rows:
            assert len(list(rows.rows())) == 1000
        with client.pipeline():
            results = [client.execute("select %s::int", (number,)) for number in range(20)]
        assert [result.fetchone() for result in results] == [(number,) for number in range(20)]
        with pytest.raises(psycopg.errors.DivisionByZero):
            client.execute("select 1 / 0")
        client.rollback()
        client.execute("listen told")
        client.execute("notify told")
        client.commit()
        assert [told.channel for told in client.notifies(timeout=5, stop_after=1)] == ["told"]


def test_a_door_has_a_port_of_the_loopback_where_it_is_asked_for(wire):
    closed, monitor, _ = wire
    assert closed.urls == []
    proxy = Wire(monitor, 2, Entrance(monitor.info.user, monitor.info.dbname))
    try:
        assert len(set(proxy.urls)) == 2
        with psycopg.connect(proxy.urls[1], application_name="a service") as client:
            said = "select current_database(), current_setting('application_name')"
            assert client.execute(said).fetchone() == (monitor.info.dbname, "a service")
            assert proxy.next(5.0).door == 1
            threading.Timer(0.2, client.cancel_safe).start()
            with pytest.raises(psycopg.errors.QueryCanceled):
                client.execute("select pg_sleep(10)")
    finally:
        proxy.close()


@pytest.mark.parametrize("other", [{"user": "somebody"}, {"dbname": ""}, {"dbname": "postgres"}])
def test_nobody_comes_in_by_a_port_who_was_not_given_its_url(wire, other):
    _, monitor, place = wire
    proxy = Wire(monitor, entrance=Entrance(monitor.info.user, monitor.info.dbname))
    try:
        given = psycopg.conninfo.conninfo_to_dict(proxy.urls[0])
        assert given["dbname"] not in " ".join(proxy._process.args), (
            "every user of the machine reads arguments"
        )
        strange = {name: value or place[name] for name, value in other.items()}
        with pytest.raises(psycopg.OperationalError, match="open to who was given its URL"):
            psycopg.connect(**given | strange)
    finally:
        proxy.close()


def test_what_is_said_in_a_pipeline_is_stepped_and_a_flush_behind_it_holds_up_nothing(wire):
    proxy, monitor, place = wire
    with psycopg.connect(**place) as client, ThreadPoolExecutor(1) as threads:

        def request():
            client.cursor().executemany("insert into t values (%s)", [(1,), (2,), (3,)])
            client.commit()

        with Passage(proxy, Backends(monitor), Lines(), 5) as passage:
            future = threads.submit(request)
            future.add_done_callback(passage.answered)
            stepped = [asked.text for asked in passage.all_of(future)]
    assert stepped == ["insert into t values ($1)", "COMMIT"]
    assert monitor.execute("select array_agg(n order by n) from t").fetchone() == ([1, 2, 3],)


def test_a_statement_is_cancelled_through_the_proxy(wire):
    _, _, place = wire
    with psycopg.connect(**place) as client:
        threading.Timer(0.2, client.cancel_safe).start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            client.execute("select pg_sleep(10)")


def test_a_statement_waits_until_it_is_told_to_go_on(wire):
    proxy, monitor, place = wire
    with psycopg.connect(**place, autocommit=True) as client:
        proxy.hold()
        writer = threading.Thread(target=client.execute, args=("insert into t values (1)",))
        writer.start()
        asked = proxy.next(5)
        assert (asked.what, asked.text, asked.status) == ("unit", "insert into t values (1)", "I")
        assert monitor.execute("select count(*) from t").fetchone() == (0,)
        proxy.tell("go", asked.line)
        assert proxy.next(5).what == "ended"
        assert monitor.execute("select count(*) from t").fetchone() == (1,)
        assert writer.is_alive()
        proxy.tell("deliver", asked.line)
        writer.join(5)
        assert not writer.is_alive()
        proxy.free()


def test_what_was_held_passes_when_the_proxy_is_freed(wire):
    proxy, monitor, place = wire
    with psycopg.connect(**place, autocommit=True) as client:
        proxy.hold()
        writer = threading.Thread(target=client.execute, args=("insert into t values (1)",))
        writer.start()
        assert proxy.next(5).what == "unit"
        proxy.free()
        writer.join(5)
        assert monitor.execute("select count(*) from t").fetchone() == (1,)


def test_a_client_that_insists_on_encryption_is_refused_in_its_own_words(wire):
    _, _, place = wire
    with pytest.raises(psycopg.OperationalError, match="SSL"):
        psycopg.connect(**_through_tcp(place), sslmode="require", connect_timeout=5)


def _through_tcp(place):
    """Forward a port to the socket: over the socket itself no client asks for encryption."""
    listener, path = socket.create_server(("127.0.0.1", 0)), f"{place['host']}/.s.PGSQL.{place['port']}"

    port = listener.getsockname()[1]

    def forward():
        with listener, listener.accept()[0] as client, socket.socket(socket.AF_UNIX) as proxy:
            proxy.connect(path)
            proxy.sendall(client.recv(8))
            client.sendall(proxy.recv(1))

    threading.Thread(target=forward, daemon=True).start()
    return {**place, "host": "127.0.0.1", "port": port}


def test_asyncpg_is_stepped_too(wire):
    proxy, _, place = wire

    async def told():
        client = await asyncpg.connect(
            host=place["host"], port=place["port"], user=place["user"], database=place["dbname"]
        )
        proxy.hold()
        asking = asyncio.ensure_future(client.fetchval("select count(*) from t where n > $1", 0))
        texts, until = [], time.monotonic() + 5
        while not asking.done() and time.monotonic() < until:
            event = await asyncio.to_thread(proxy.next, 0.2)
            if event and event.what in ("unit", "ended"):
                texts += [event.text] if event.what == "unit" else []
                proxy.tell("go" if event.what == "unit" else "deliver", event.line)
        proxy.free()
        await client.close()
        return texts, await asking

    texts, count = asyncio.run(told())
    assert set(texts) == {"select count(*) from t where n > $1"}
    assert count == 0


def test_a_proxy_ends_with_whoever_started_it_and_says_when_it_is_gone(wire):
    proxy, _, place = wire
    client = psycopg.connect(**place)
    proxy.close()
    with pytest.raises(psycopg.OperationalError):
        client.execute("select 1")
    client.close()
    assert not proxy.doors[0].exists()
    with pytest.raises(WireError, match="is gone"):
        proxy.hold()


STARTS = """
import os, signal, sys, psycopg
from pytest_readiness.gather.wallet.wire.wire import Wire
with psycopg.connect(sys.argv[1]) as connection:
    print(Wire(connection).doors[0].parent, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_proxy_leaves_nothing_when_its_starter_is_killed(wire):
    _, monitor, _ = wire
    done = subprocess.run(
        [sys.executable, "-c", STARTS, monitor.info.dsn], capture_output=True, text=True, check=False
    )
    folder, until = Path(done.stdout.strip()), time.monotonic() + 5
    assert folder.name.startswith("readiness-")
    while folder.exists():
        assert time.monotonic() < until
        time.sleep(0.01)


PARSE = framed("P", b"\0insert into t values (1)\0\0\0")
FAILS = framed("P", b"\0select 1 / 0\0\0\0")
RUN = framed("B", bytes(8)) + framed("E", bytes(5))
FLUSH, SYNC = framed("H", b""), framed("S", b"")
COPY = framed("Q", b"copy t from stdin\0") + framed("d", b"1\n") + framed("c", b"")


@pytest.fixture
def speak(wire):
    """Open a connection through the proxy on which messages are sent as they are, and return how to."""
    _, _, place = wire
    client = socket.socket(socket.AF_UNIX)
    client.settimeout(5)
    client.connect(f"{place['host']}/.s.PGSQL.{place['port']}")
    stream = client.makefile("rb")

    def send(data, last):
        """Send, and return the kinds of the messages up to the last one."""
        client.sendall(data)
        kinds = ""
        while not kinds.endswith(last):
            head = stream.read(5)
            stream.read(int.from_bytes(head[1:], "big") - 4)
            kinds += chr(head[0])
        return kinds

    start = f"user\0{place['user']}\0database\0{place['dbname']}\0\0".encode()
    send((len(start) + 8).to_bytes(4, "big") + (196608).to_bytes(4, "big") + start, "Z")
    yield send
    stream.close()
    client.close()


def test_after_an_error_what_comes_before_a_sync_is_skipped_and_answered_by_nothing(speak):
    assert speak(FAILS + RUN + FLUSH + PARSE + RUN + FLUSH + SYNC, "Z") == "1EZ"
    assert speak(PARSE + RUN + SYNC, "Z") == "12CZ"


def test_what_is_skipped_is_stepped_as_what_is_not(wire, speak):
    proxy, monitor, _ = wire
    proxy.hold()
    with ThreadPoolExecutor(1) as threads:
        answer = threads.submit(speak, FAILS + RUN + FLUSH + PARSE + RUN + FLUSH + SYNC, "Z")
        steps = []
        while not answer.done() and (event := proxy.next(5)):
            steps += [event.what] if event.what in ("unit", "ended") else []
            if event.what == "ended":
                proxy.tell("deliver", event.line)
            if steps[-3:] == ["unit"] * 3 or event.what == "ended":
                proxy.tell("go", event.line)
            if steps.count("ended") == 3:
                break
        assert answer.result(5) == "1EZ"
    proxy.free()
    assert steps == ["unit"] * 3 + ["ended"] * 3
    assert monitor.execute("select count(*) from t").fetchone() == (0,)


@pytest.mark.parametrize("held", [False, True])
def test_rows_may_be_sent_before_the_server_asks_for_them(wire, speak, held):
    proxy, monitor, _ = wire
    if held:
        proxy.hold()
        threading.Timer(0.1, proxy.free).start()
    assert speak(COPY, "Z") == "GCZ"
    assert monitor.execute("select n from t").fetchall() == [(1,)]


def test_a_connection_that_was_opened_before_a_passage_is_ended_by_its_backend(wire):
    proxy, monitor, place = wire
    backends, lines = Backends(monitor), Lines()
    with psycopg.connect(**place, autocommit=True) as client, ThreadPoolExecutor(1) as threads:
        for number in range(2):
            with Passage(proxy, backends, lines, 5) as passage:
                future = threads.submit(client.execute, f"insert into t values ({number})")
                future.add_done_callback(passage.answered)
                if number == 0:
                    (point,) = points(passage.all_of(future))
                else:
                    passage.cut(future, point, sent=False)
        assert isinstance(future.exception(5), psycopg.OperationalError)
    pids = [row[0] for row in monitor.execute("select pid from pg_stat_activity").fetchall()]
    assert client.info.backend_pid not in pids
    assert monitor.execute("select n from t").fetchall() == [(0,)]


def test_a_connection_that_is_not_known_to_have_ended_is_not_lost(wire):
    proxy, monitor, _ = wire
    with pytest.raises(WalletError, match="did not end"):
        lose(proxy, Line(99), Backends(monitor))


def test_a_proxy_that_cannot_be_started_leaves_nothing(wire, tmp_path, monkeypatch):
    _, monitor, _ = wire
    folder = tmp_path / "made"
    folder.mkdir()
    monkeypatch.setattr(wires, "_made", lambda: folder)
    monkeypatch.setattr(wires.sys, "executable", str(tmp_path / "none"))
    with pytest.raises(WireError, match="none"):
        Wire(monitor)
    assert not folder.exists()
