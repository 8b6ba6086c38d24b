"""Requests to a service, held at each statement on its way to a real server."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from pytest_readiness.evidence.wallet import OWN_LEVEL, BetweenEvidence, Rule
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.wallet import meeting, outage
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.outage import Outages
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.gather.wallet.trials import having
from pytest_readiness.gather.wallet.wire import teller as wire_teller
from pytest_readiness.gather.wallet.wire.apart import Apart
from pytest_readiness.gather.wallet.wire.explorer import WireExplorer, statements
from pytest_readiness.gather.wallet.wire.lines import Asked
from pytest_readiness.gather.wallet.wire.meeting import EARLY, PATIENCE_S
from pytest_readiness.gather.wallet.wire.passage import Point
from pytest_readiness.gather.wallet.wire.teller import proxied
from pytest_readiness.gather.wallet.wire.wire import Wire
from pytest_readiness.judges.wallet.replays import read
from pytest_readiness.judges.wallet.serial import deadlocked, explained
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


def explored(target, *titles):
    explorer = WireExplorer(target)
    chosen = [one for one in scenarios(None) if one.title in titles]
    return explorer, {one.scenario: one for one in explorer.explored(chosen)}


def of_all(found, *titles):
    """Return the explorations of these titles, each of which was made and has seen something."""
    assert {*titles} == found.keys()
    assert {one.setup for one in found.values()} == {""}
    assert all(one.observed for one in found.values())
    return list(found.values())


def test_a_sound_service_acts_in_turn_wherever_it_is_held(bank):
    with bank("Bank") as target:
        titles = ("more is spent than there is", "a transfer comes twice", "a lost transfer comes again")
        explorer, found = explored(target, *titles)
    for one in of_all(found, *titles):
        assert one.runs > 8
        assert all(explained(seen) for seen in one.observed)
    assert explorer.statements > 100


@pytest.mark.parametrize("needed", [True, False])
def test_a_request_that_goes_on_after_its_commit_is_waited_for_once_at_most(bank, monkeypatch, needed):
    in_vain, hear = [], Wire.next

    def listening(wire, within):
        event = hear(wire, within)
        if event is None and within > PATIENCE_S / 2:
            in_vain.append(within)
        return event

    with bank("Recounted") as target:
        explorer = WireExplorer(target)
        assert explorer.wire.apart.needed
        if not needed:
            explorer.wire.apart.needed = frozenset()
        (meeting,) = [one for one in scenarios(None) if one.title == "two deposits meet"]
        world = explorer._world(meeting)
        run = explorer._meeting(meeting, OWN_LEVEL, world)
        monkeypatch.setattr(Wire, "next", listening)
        run.follow("")
    assert run.committed == "01"
    assert run.statements > 25
    assert len(in_vain) <= (0 if needed else 2)


@pytest.mark.parametrize("technique", [Explorer, WireExplorer])
def test_calls_one_by_one_are_waited_for_however_slow_their_service_is(bank, monkeypatch, technique):
    monkeypatch.setattr(meeting, "_QUIET_S", 0.0)
    with bank("Optimistic") as target:
        explorer = technique(target)
        explorer._patience_s = 0.0
        (three,) = [one for one in scenarios(None) if one.title == "three spend from one wallet"]
        *_, last = explorer.one_by_one(three, "210")
    assert [answer.split(" was ")[1][:7] for answer in last.answers] == ["refused", "done #0", "done #1"]
    assert dict(last.balances) == {"a": "50", "b": "0", "c": "60"}


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
    for one in of_all(found, "two deposits meet"):
        assert one.runs > 8
        assert all(explained(seen) for seen in one.observed)


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


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("starlette_asyncpg_gathers", "more is spent than there is"),
        ("starlette_asyncpg_background", "two deposits meet"),
    ],
)
def test_a_request_on_two_connections_goes_on_at_both(server, tmp_path, monkeypatch, name, title):
    services = FOLDER.with_name("wallet_services")
    monkeypatch.syspath_prepend(services)
    wallet = Wallet(adapter=f"service_over_http:{name}")
    with system(server, tmp_path, "select 1;", profile="postgres", wallet=wallet) as target:
        _, found = explored(target, title)
    (one,) = of_all(found, title)
    assert not [seen for seen in one.observed if seen.replays and not explained(seen)]


def test_what_one_instance_leaves_to_be_done_is_taken_for_no_request_of_another(
    server, tmp_path, monkeypatch
):
    monkeypatch.syspath_prepend(FOLDER.with_name("wallet_services"))
    wallet = Wallet(adapter="service_over_http:starlette_asyncpg_background")
    title = "three spend from one wallet"
    with system(server, tmp_path, "select 1;", profile="postgres", wallet=wallet) as target:
        (found,) = Explorer(target).explored([one for one in scenarios(None) if one.title == title])
    assert found.runs == 6
    assert found.observed
    assert not [seen for seen in found.observed if seen.replays and not explained(seen)]


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


def test_a_statement_that_does_not_come_again_is_no_accident(bank):
    with bank("Bank") as target:
        outages = Outages(target)
        with outages.trials.trial(Rule.CRASH, "deposit", "x", [having({})]) as case:
            outages._again(case, "deposit", (Point("select never", 1), "before"))
    (trial,) = outages.trials.made
    assert trial.setup == "the call did not come to this statement again: select never"


def test_statements_beyond_the_bound_are_not_passed(bank, monkeypatch):
    monkeypatch.setattr(outage, "_MOST_POINTS", 1)
    with bank("Bank") as target:
        found = by_subject(judged(target, "WAL011"))
    assert found.keys() == {"deposit", "transfer"}
    for finding in found.values():
        assert finding.status.value == "unknown"
        assert re.search(r"at the first 1 of its \d+ statements alone", finding.detail)


# A deposit is done in one transaction, and another comes when it was answered.
LEAVES = """
import threading, time
import psycopg
class Wallet:
    def __init__(self, url):
        self.url, self.later = url, []
    def close(self):
        for one in self.later:
            one.join()
    def done(self, sql, *values):
        with psycopg.connect(self.url) as c:
            return c.execute(sql, values).fetchone()
    def create(self, owner, currency):
        return str(self.done("insert into w (bal) values (0) returning id")[0])
    def deposit(self, wallet, amount):
        self.done("update w set bal = bal + %s where id = %s returning id", amount, int(wallet))
        self.later.append(threading.Thread(target=self.leave, args=(int(wallet),)))
        self.later[-1].start()
    def leave(self, wallet):
        time.sleep(0.003)
        try:
            self.done(LEFT, wallet)
        except psycopg.OperationalError:
            pass
    def transfer(self, source, destination, amount):
        self.deposit(source, -amount)
        self.deposit(destination, amount)
    def balance(self, wallet):
        return self.done("select bal from w where id = %s", int(wallet))[0]
"""
LEFT = "insert into told values (%s) returning id", "update w set told = told + 1 where id = %s returning id"
TOLD = """create table w (
    id bigint generated always as identity primary key, bal numeric not null, told int not null default 0
);"""


@pytest.mark.parametrize(("left", "beside"), list(zip(LEFT, ({"told"}, set()), strict=True)))
def test_what_comes_after_answers_passes_unless_it_touches_what_requests_do(
    server, tmp_path, monkeypatch, left, beside
):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "leaves.py").write_text(LEAVES.replace("LEFT", repr(left)))
    importlib.invalidate_caches()
    sys.modules.pop("leaves", None)
    wallet = Wallet(adapter="leaves:Wallet")
    schema = f"{TOLD} create table told (id bigint);"
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        _, wire = proxied(target)
    shape = Asked(left.replace("%s", "$1"), runs=True).shape
    assert (wire.apart.left, wire.apart.relations) == ({shape}, beside)
    assert wire.apart.shapes == ({shape} if beside else set())


def test_what_is_left_and_may_be_money_is_a_crash_point(server, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "leaves.py").write_text(LEAVES.replace("LEFT", repr(LEFT[1])))
    importlib.invalidate_caches()
    sys.modules.pop("leaves", None)
    wallet = Wallet(adapter="leaves:Wallet")
    with system(server, tmp_path, TOLD, profile="postgres", wallet=wallet) as target:
        outages = Outages(target)
        with outages.trials.trial(Rule.CRASH, "deposit", "a deposit", [having({"a": "30"})]) as case:
            statements = outages._watched(case, "deposit")
            values = outages._prepared(case, "deposit")
            for instance in outages.teller.instances:
                instance._wallet.close()  # what was paid in before leaves the same
            (point,) = [one for one in statements if "told" in one.shape]
            with outages._passage() as passage:
                passage.cut(outages._submit("deposit", values, passage), point, sent=False)
        reader = target.database(outages.teller.connection.info.dbname)
        told = reader.execute("select told from w where id = %s", (values["wallet"],)).fetchone()
    assert told == (1,), "of the deposit before: of this one the connection was lost"


@pytest.mark.parametrize("name", ["Bank", "Recounted"])
def test_what_a_request_is_answered_with_is_nothing_that_it_leaves(bank, name):
    with bank(name) as target:
        _, wire = proxied(target)
    assert wire.apart == Apart(needed=wire.apart.needed)
    assert wire.apart.needed


def test_what_is_written_down_before_the_answer_is_not_left(server, tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)
    afterwards = "self.deposit(destination, amount)"
    books = (
        LEAVES.replace("self.later.append(threading.Thread(target=self.leave, args=(int(wallet),)))", "pass")
        .replace("self.later[-1].start()", "pass")
        .replace("self.deposit(source, -amount)", "self.spend(source, amount)")
        .replace(afterwards, f"{afterwards}; self.done('insert into told values (1) returning id')")
    )
    spend = """
    def spend(self, wallet, amount):
        if self.done("update w set bal = bal - %s where id = %s and bal >= %s returning id", amount, int(wallet), amount) is None:
            raise ValueError("insufficient funds")
"""
    (tmp_path / "booked.py").write_text(books + spend)
    importlib.invalidate_caches()
    wallet = Wallet(adapter="booked:Wallet")
    schema = f"{TOLD} create table told (id bigint);"
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        _, wire = proxied(target)
    assert not wire.apart.left
    assert Asked("insert into told values (1) returning id", runs=True).shape in wire.apart.needed


# A deposit reads the balance and then writes another, and what watches balances reads them in the same words.
WATCHED = """
import threading, time
import psycopg
READ = "select bal from w where id = %s"
class Wallet:
    def __init__(self, url):
        self.url, self.over = url, threading.Event()
        self.watcher = threading.Thread(target=self.watch, daemon=True)
        self.watcher.start()
    def close(self):
        self.over.set()
        self.watcher.join()
    def watch(self):
        with psycopg.connect(self.url, autocommit=True) as c:
            while not self.over.wait(0.04):
                c.execute(READ, (1,)).fetchone()
    def create(self, owner, currency):
        with psycopg.connect(self.url) as c:
            return str(c.execute("insert into w (bal) values (0) returning id").fetchone()[0])
    def deposit(self, wallet, amount):
        with psycopg.connect(self.url) as c:
            (bal,) = c.execute(READ, (int(wallet),)).fetchone()
            c.execute("update w set bal = %s where id = %s", (bal + amount, int(wallet)))
    def transfer(self, source, destination, amount):
        self.deposit(source, -amount)
        self.deposit(destination, amount)
    def balance(self, wallet):
        with psycopg.connect(self.url) as c:
            return c.execute(READ, (int(wallet),)).fetchone()[0]
"""
W = "create table w (id bigint generated always as identity primary key, bal numeric not null);"


@pytest.fixture
def watched(tmp_path, monkeypatch):
    """Write a service whose balances are watched, and return the settings of its wallet."""
    monkeypatch.syspath_prepend(tmp_path)

    def written(name, lock):
        (tmp_path / f"{name}.py").write_text(WATCHED.replace("where id = %s", f"where id = %s{lock}", 1))
        importlib.invalidate_caches()
        return Wallet(adapter=f"{name}:Wallet")

    return written


@pytest.mark.parametrize(("lock", "seen_again"), [("", 3), (" for update", 0)], ids=["lost", "sound"])
def test_what_is_said_of_requests_too_is_held_and_what_watches_beside_them_passes(
    server, tmp_path, watched, lock, seen_again
):
    wallet = watched(f"watched_{seen_again}", lock)
    with system(server, tmp_path, W, profile="postgres", wallet=wallet) as target:
        explorer, found = explored(target, "two deposits meet")
        own = len(explorer.wire.apart.lines)
    (one,) = of_all(found, "two deposits meet")
    assert one.runs > 3
    assert max((seen.replays for seen in one.observed if not explained(seen)), default=0) == seen_again
    assert own == len(explorer.teller.instances)


def test_requests_of_which_no_statement_was_held_are_no_pass(server, tmp_path, monkeypatch, watched):
    read = Asked("select bal from w where id = $1 for update", runs=True)
    passes = Apart(shapes=frozenset({read.shape}))
    monkeypatch.setattr(wire_teller, "listened", lambda *_: passes)
    with system(server, tmp_path, W, profile="postgres", wallet=watched("unheld", " for update")) as target:
        _, found = explored(target, "two deposits meet")
    finding = next(held_calls_act_in_turn(BetweenEvidence(tuple(found.values()))))
    assert finding.status.value == "unknown"
    assert "none was held" in finding.detail
