"""Requests to a service, held at each statement on its way to a real server."""

import asyncio
import importlib
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

from pytest_readiness.evidence.wallet import Rule
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.wallet import outage
from pytest_readiness.gather.wallet.backends import Backends
from pytest_readiness.gather.wallet.outage import Outages
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.gather.wallet.trials import having
from pytest_readiness.gather.wallet.wire.explorer import WireExplorer, statements
from pytest_readiness.gather.wallet.wire.meeting import EARLY
from pytest_readiness.gather.wallet.wire.passage import Passage
from pytest_readiness.gather.wallet.wire.wire import Wire, WireError
from pytest_readiness.judges.replays import read
from pytest_readiness.judges.serial import deadlocked, explained
from pytest_readiness.run.replay import replayed
from pytest_readiness.settings import Wallet
from readiness_checks.wallet.held_calls_act_in_turn import held_calls_act_in_turn
from systems import by_subject, judged, system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_http"
SCHEMA = (FOLDER / "schema.sql").read_text()
READ = "select transfer as transfer_id, account as wallet_id, amount from entries"


@pytest.fixture
def bank(server, tmp_path, monkeypatch):
    """Open a target whose wallet is a service over HTTP."""
    monkeypatch.syspath_prepend(FOLDER)

    def declared(name, **settings):
        wallet = Wallet(adapter=f"wallet_over_http:{name}", ledger="entries", entries=READ, **settings)
        return system(server, tmp_path, SCHEMA, profile="postgres", wallet=wallet)

    return declared


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


def explored(target, *titles):
    explorer = WireExplorer(target)
    chosen = [one for one in scenarios(None) if one.title in titles]
    return explorer, {one.scenario: one for one in explorer.explored(chosen)}


def test_a_sound_service_acts_in_turn_wherever_it_is_held(bank):
    with bank("Bank") as target:
        titles = ("more is spent than there is", "a transfer comes twice", "a lost transfer comes again")
        explorer, found = explored(target, *titles)
    assert {one.setup for one in found.values()} == {""}
    assert all(explained(seen) for one in found.values() for seen in one.observed)
    assert all(one.runs > 8 for one in found.values())
    assert explorer.statements > 100


@pytest.mark.parametrize("name", ["Unlocked", "LockInMemory"])
def test_what_is_read_before_a_lock_is_lost(bank, name):
    with bank(name) as target:
        _, found = explored(target, "two deposits meet")
    wrong = [seen for one in found.values() for seen in one.observed if not explained(seen)]
    assert max(seen.replays for seen in wrong) == 3


def test_a_lock_in_memory_is_enough_where_there_is_one_instance(bank):
    with bank("LockInMemory", instances=1) as target:
        explorer, found = explored(target, "two deposits meet")
    assert len(explorer.teller.instances) == 1
    assert all(explained(seen) for one in found.values() for seen in one.observed)


def test_locks_in_the_order_of_the_request_deadlock(bank):
    with bank("InOrderOfRequest") as target:
        _, found = explored(target, "opposite transfers meet")
        (dead,) = [seen for seen in found["opposite transfers meet"].observed if deadlocked(seen)]
        again = replayed(target, read(f"between/opposite-transfers-meet/its-own-level/{dead.schedule}"), 30)
    assert again.observed.replays == 30
    assert again.wrong


def test_a_service_that_answers_before_it_commits_is_told(bank):
    with bank("RepliesFirst") as target:
        _, found = explored(target, "two deposits meet")
    wrong = [seen for seen in found["two deposits meet"].observed if not explained(seen)]
    assert any(text.endswith(EARLY) for seen in wrong for text in seen.outcome.troubles)


def test_a_service_that_goes_another_way_is_unknown(server, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(FOLDER)
    with system(server, tmp_path, SCHEMA, profile="postgres") as target:
        there = target.database_url(target.database())
    (tmp_path / "elsewhere.py").write_text(
        f"import wallet_over_http\ndef wallet(url): return wallet_over_http.Bank({there!r})\n"
    )
    wallet = Wallet(adapter="elsewhere:wallet", ledger="entries", entries=READ)
    importlib.invalidate_caches()
    with system(server, tmp_path, SCHEMA, profile="postgres", wallet=wallet) as target:
        evidence = statements(target, Shard(0, 12))
    assert evidence.explorations
    (reach,) = [one for one in held_calls_act_in_turn(evidence) if one.subject == "reach"]
    assert reach.status.value == "unknown"
    assert "no statement through the URL" in reach.detail


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


def test_what_is_said_in_a_pipeline_is_stepped_and_a_flush_behind_it_holds_up_nothing(wire):
    proxy, monitor, place = wire
    with psycopg.connect(**place) as client, ThreadPoolExecutor(1) as threads:

        def request():
            client.cursor().executemany("insert into t values (%s)", [(1,), (2,), (3,)])
            client.commit()

        with Passage(proxy, Backends(monitor), 5) as passage:
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


def test_a_statement_that_does_not_come_again_is_no_accident(bank):
    with bank("Bank") as target:
        outages = Outages(target)
        with outages.trials.trial(Rule.CRASH, "deposit", "x", [having({})]) as case:
            outages._again(case, "deposit", (99, "before"))
    (trial,) = outages.trials.made
    assert trial.setup == "the call did not come to its statement 100 again"


def test_statements_beyond_the_bound_are_not_passed(bank, monkeypatch):
    monkeypatch.setattr(outage, "_MOST_POINTS", 1)
    with bank("Bank") as target:
        found = by_subject(judged(target, "WAL011"))
    assert {finding.status.value for finding in found.values()} == {"unknown"}
    assert "at the first 1 of its 7 statements alone" in found["deposit"].detail


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
