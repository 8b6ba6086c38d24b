"""Wallets that wait for no lock, but sleep and try again: who sleeps while another holds something waits."""

import time
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest

from pytest_readiness.gather.wallet import stepping
from pytest_readiness.gather.wallet.backends import Backends, asleep
from pytest_readiness.gather.wallet.between import stepping as between
from pytest_readiness.gather.wallet.between.explorer import BetweenExplorer
from pytest_readiness.gather.wallet.crash import Accidents
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.gather.wallet.timeouts import timeouts
from pytest_readiness.gather.wallet.wire.explorer import WireExplorer
from pytest_readiness.judges.wallet.replays import read, replay
from pytest_readiness.judges.wallet.serial import explained
from pytest_readiness.judges.wallet.trials import is_legal
from pytest_readiness.run.replay import replayed
from pytest_readiness.settings import Wallet
from systems import system

SCHEMA = (Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others" / "tries_again.sql").read_text()
WALLET = Wallet(
    create="select wallet_create(%(owner)s, %(currency)s)",
    deposit="select wallet_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select wallet_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select wallet_balance(%(wallet)s)",
    isolation=("read committed",),
)
KEPT = "missing := total;  -- what a try before has counted is undone with it"
OUTLIVES = SCHEMA.replace(KEPT, "missing := coalesce(missing, total);")
ON_PURPOSE = SCHEMA.replace(
    "return trim_scale(p)", "perform pg_sleep(case when p = 40 then 20 else 0 end); return p"
)
SOON_S = 4.0
"""Of all that is tried; one call that is waited for in vain takes longer."""


class Behind:
    """The same functions behind code, which calls them on connections of its own."""

    def __init__(self, url: str) -> None:
        self._url = url

    def create(self, owner, currency):
        return self._ask(WALLET.create, locals())

    def deposit(self, wallet, amount, key):
        return self._ask(WALLET.deposit, locals())

    def transfer(self, source, destination, amount, key):
        return self._ask(WALLET.transfer, locals())

    def balance(self, wallet):
        return self._ask(WALLET.balance, locals())

    def _ask(self, statement, values):
        with psycopg.connect(self._url) as connection:
            return connection.execute(statement, values).fetchone()[0]


@pytest.fixture
def wallet(server, tmp_path):
    def build(schema=SCHEMA, declared=WALLET):
        return system(server, tmp_path, schema, profile="postgres", wallet=declared)

    return build


def explored(explorer, title):
    (meeting,) = [one for one in scenarios(WALLET) if one.title == title]
    (found,) = explorer.explored([meeting])
    assert not found.setup
    return found


@pytest.mark.parametrize("technique", [Explorer, BetweenExplorer])
@pytest.mark.parametrize(("schema", "wrong"), [(SCHEMA, False), (OUTLIVES, True)])
def test_others_go_on_while_one_sleeps_and_it_gets_through_afterwards(wallet, technique, schema, wrong):
    with wallet(schema) as target:
        began = time.monotonic()
        found = explored(technique(target), "two pay into one wallet")
        took = time.monotonic() - began
        lost = [seen for seen in found.observed if not explained(seen)]
        again = [replayed(target, read(str(replay(found, seen))), 5).observed.replays for seen in lost]
    assert took < SOON_S
    assert bool(lost) is wrong
    assert again == [5] * len(lost)


@pytest.mark.parametrize("technique", [Explorer, WireExplorer])
def test_functions_behind_code_are_waited_for_in_the_same_way(wallet, monkeypatch, technique):
    monkeypatch.setattr("pytest_readiness.gather.wallet.meeting._QUIET_S", 60.0)
    monkeypatch.syspath_prepend(str(Path(__file__).parent))
    declared = replace(Wallet(adapter=f"{__name__}:Behind"), retries=WALLET.retries)
    with wallet(declared=declared) as target:
        explorer = technique(target)
        began = time.monotonic()
        found = explored(explorer, "more is spent than there is")
        took = time.monotonic() - began
    assert all(explained(seen) for seen in found.observed)
    assert took < SOON_S


def test_a_limit_that_strikes_nobody_gives_way_to_who_tries_again(wallet):
    with wallet() as target:
        began = time.monotonic()
        trials = timeouts(target).trials
        took = time.monotonic() - began
    assert all(is_legal(trial) for trial in trials)
    assert all("57014" not in str(a) for t in trials if "lock_timeout" in t.what for a in t.answers)
    assert took < SOON_S


def test_who_sleeps_is_cut_off_as_who_waits(wallet, monkeypatch):
    waited, wait = [], Backends.wait
    monkeypatch.setattr(Backends, "wait", lambda *given: waited.append(wait(*given)) or waited[-1])
    with wallet() as target:
        Accidents(target).befall("transfer")
    assert waited[-1]


@pytest.mark.parametrize("technique", [Explorer, BetweenExplorer])
def test_who_sleeps_on_purpose_is_bounded_and_told(wallet, monkeypatch, technique):
    for module in (stepping, between):
        monkeypatch.setattr(module, "BOUND_S", 0.2)
    with wallet(ON_PURPOSE) as target:
        explorer = technique(target)
        (meeting,) = [one for one in scenarios(WALLET) if one.title == "two spend from one wallet"]
        (found,) = explorer.explored([meeting])
    assert explorer._hung
    assert "did not end" in found.setup


HOLDS = {
    "a row": "update t set n = 1",
    "an advisory lock": "select pg_advisory_xact_lock(1)",
    "a table": "lock table t in share mode",
}


@pytest.mark.parametrize("held", [*HOLDS, ""])
def test_who_sleeps_waits_only_while_another_holds_something(server, tmp_path, held):
    with system(server, tmp_path, "create table t as select 0 n;", profile="postgres") as target:
        monitor = target.database()
        sleeper, other = (target.database(monitor.info.dbname) for _ in range(2))
        other.execute(f"begin; select * from t; {HOLDS.get(held, 'select 1')}")
        sleeper.pgconn.send_query(b"begin; select pg_sleep(60)")
        pids = [one.info.backend_pid for one in (sleeper, other)]
        asking = "select wait_event = 'PgSleep' from pg_stat_activity where pid = %s"
        until = time.monotonic() + 5
        while monitor.execute(asking, pids[:1]).fetchone() != (True,):
            assert time.monotonic() < until
        assert asleep(monitor, pids, pids) == ({pids[0]} if held else set())
        assert asleep(monitor, pids[:1], pids[:1]) == set()
        monitor.execute("select pg_terminate_backend(%s)", pids[:1])
