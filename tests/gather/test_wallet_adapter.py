"""Wallets behind code of the project: a real service over HTTP on a real database, sync and async."""

import importlib
import sys
from pathlib import Path

import psycopg
import pytest

from pytest_readiness.gather.wallet import service_timeouts
from pytest_readiness.gather.wallet.adapted import AdaptedTeller
from pytest_readiness.gather.wallet.adapter import Adapter, AdapterError, code
from pytest_readiness.gather.wallet.gate import Gate
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.gather.wallet.wire.teller import proxied
from pytest_readiness.judges.wallet.meetings import undone
from pytest_readiness.judges.wallet.replays import read
from pytest_readiness.run.replay import replayed
from pytest_readiness.settings import Wallet
from systems import by_subject, judged, system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_http"
SCHEMA = (FOLDER / "schema.sql").read_text()
READ = "select transfer as transfer_id, account as wallet_id, amount from entries"


@pytest.fixture
def bank(server, tmp_path, monkeypatch):
    """Open a target whose wallet is a service over HTTP."""
    monkeypatch.syspath_prepend(FOLDER)

    def declared(name):
        wallet = Wallet(
            adapter=f"wallet_over_http:{name}", ledger="entries", entries=READ, reconcile="select reconcile()"
        )
        return system(server, tmp_path, SCHEMA, profile="postgres", wallet=wallet)

    return declared


def statuses(target, check):
    return {name: finding.status.value for name, finding in by_subject(judged(target, check)).items()}


def test_a_sound_service_passes_what_it_has_and_the_rest_is_unknown_with_the_method_to_add(bank):
    with bank("Bank") as target:
        for check in ("WAL001", "WAL003", "WAL005", "WAL006", "WAL007", "WAL008", "WAL011"):
            assert set(statuses(target, check).values()) == {"passed"}, check
        found = by_subject(judged(target, "WAL002"))
        assert {name: finding.status.value for name, finding in found.items()} == {
            "deposit": "passed",
            "transfer": "passed",
            "exchange": "unknown",
        }
        assert "def exchange(self, source, destination, amount, rate, key)" in found["exchange"].detail


def test_coroutines_are_awaited(bank):
    with bank("Asynchronous") as target:
        assert statuses(target, "WAL002")["transfer"] == "passed"
        assert statuses(target, "WAL003") == {"freeze": "unknown"}


def test_a_key_that_is_committed_after_the_money_is_lost_in_between(bank):
    with bank("KeyAfterwards") as target:
        found = by_subject(judged(target, "WAL011"))
        assert {finding.status.value for finding in found.values()} == {"failed"}
        assert "(COMMIT), made again with its key" in found["transfer"].detail
        assert "wallet.transfer(" in found["transfer"].reproduce


@pytest.mark.parametrize(
    ("name", "run", "wrong"),
    [
        ("Unlocked", "two-deposits-meet/its-own-level/0101", True),
        ("Bank", "two-deposits-meet/its-own-level/0101", False),
        ("Optimistic", "two-spend-from-one-wallet/its-own-level/0101", False),
        ("KeyWithoutConstraint", "a-transfer-comes-twice/its-own-level/0101", True),
        ("Bank", "a-lost-transfer-comes-again/its-own-level/0101", False),
        (
            "InOrderOfRequest",
            "opposite-transfers-of-two-owners-wait-for-a-deposit-to-a/its-own-level/012012",
            True,
        ),
    ],
)
def test_requests_are_held_at_commit_and_compared_with_their_orders(bank, name, run, wrong):
    with bank(name) as target:
        again = replayed(target, read(f"hold/{run}"), 3)
    assert again.wrong is wrong
    if wrong and name != "InOrderOfRequest":  # the server chooses whom it ends
        assert len(again.outcomes) == 1


@pytest.mark.parametrize(
    ("most", "said"), [(0, "held at 1 COMMITs"), (8, "held at 0 COMMITs")], ids=["too often", "never"]
)
def test_a_deposit_that_cannot_be_held_leaves_limits_untried(bank, monkeypatch, most, said):
    monkeypatch.setattr(service_timeouts, "_MOST_COMMITS", most)
    if most:
        monkeypatch.setattr(Gate, "held", lambda _: {})
        monkeypatch.setattr(Gate, "close", lambda _: None)
    with bank("Bank") as target:
        found = by_subject(judged(target, "WAL013"))
    assert {finding.status.value for finding in found.values()} == {"unknown"}
    assert all(said in finding.detail for finding in found.values()), found


def test_a_service_ends_with_the_evidence_that_it_was_started_for(bank):
    of_the_service = "select count(*) from pg_stat_activity where usename = %s"
    with bank("Bank") as target:
        assert statuses(target, "WAL013") == {"deposit": "passed", "transfer": "passed"}
        with psycopg.connect(target.admin) as watcher:
            assert watcher.execute(of_the_service, (target.built.owner,)).fetchone() == (0,)


def test_who_is_refused_because_another_was_first_is_tried_alone_too(bank, monkeypatch):
    monkeypatch.setattr(Explorer, "_runs", lambda self, one, level: iter([self._ran(one, level, "1100")]))
    (chosen,) = [one for one in scenarios(None) if one.title == "one key for a deposit and a transfer"]
    with bank("Bank") as target:
        (found,) = Explorer(target).explored([chosen])
    (seen,) = found.observed
    assert " was refused" in seen.outcome.answers[0]
    assert not [*undone([found])]


def test_the_gate_lets_go_when_its_keeper_is_gone(server, tmp_path):
    with system(server, tmp_path, "create table t (n int);", profile="postgres") as target:
        keeper, writer = target.database(), None
        gate = Gate(keeper)
        gate.close()
        writer = target.database(keeper.info.dbname)
        writer.pgconn.send_query(b"insert into t values (1)")
        watcher = target.database(keeper.info.dbname)
        assert gate.until(lambda: writer.info.backend_pid in gate.held(), 5)
        assert watcher.execute("select count(*) from t").fetchone() == (0,)
        keeper.close()
        assert gate.until(lambda: watcher.execute("select count(*) from t").fetchone() == (1,), 5)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("", "no attribute 'Wallet'"),
        ("raise OSError('gone')", "OSError: gone"),
        ("def Wallet(url): raise ValueError('no ' + url)", "raised ValueError: no x"),
        ("class Wallet:\n    def __init__(self, url): pass", "no method 'create'"),
    ],
)
def test_an_adapter_that_cannot_be_used_says_why(tmp_path, monkeypatch, source, said):
    monkeypatch.setattr(sys, "path", list(sys.path))
    name = f"money_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(source)
    with pytest.raises(AdapterError, match=said):
        Adapter(f"{name}:Wallet", tmp_path, "x")


def test_a_method_that_wants_what_no_caller_has_is_said(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", list(sys.path))
    (tmp_path / "money_odd.py").write_text(
        "class Wallet:\n    def __init__(self, url): pass\n"
        "    def create(self, owner): pass\n    def deposit(self, wallet, cents): pass\n"
        "    def transfer(self, **given): pass\n    def balance(self, wallet): pass\n"
    )
    adapter = Adapter("money_odd:Wallet", tmp_path, "")
    with pytest.raises(AdapterError, match="deposit takes 'cents'; accepted here: wallet, amount, key"):
        adapter.described(Wallet())
    adapter.close()


class ReplyError(Exception):
    def __init__(self, **given):
        super().__init__()
        vars(self).update(given)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ReplyError(sqlstate="40001", status=500), "40001"),
        (ReplyError(orig=ReplyError(sqlstate="40P01")), "40P01"),
        (ReplyError(sqlstate=None, status=409), "409"),
        (ReplyError(response=ReplyError(status_code=503)), "503"),
        (ValueError("no"), "ValueError"),
    ],
)
def test_errors_are_told_apart_as_callers_do(error, expected):
    assert code(error) == expected


TAKES_PARTS = """
from urllib.parse import urlsplit
import psycopg

class Wallet:
    def __init__(self, url):
        parts = urlsplit(url)
        self.place = {
            "host": parts.hostname, "port": int(parts.port), "user": parts.username, "dbname": parts.path[1:]
        }
        self.ask("select 1")

    def ask(self, statement, *values):
        with psycopg.connect(**self.place) as connection:
            return connection.execute(statement, values).fetchone()[0]

    def create(self, owner):
        return self.ask("insert into w default values returning id")

    def deposit(self, wallet, amount):
        return self.ask("update w set balance = balance + %s where id = %s returning id", amount, wallet)

    def transfer(self, source, destination, amount):
        raise ValueError

    def balance(self, wallet):
        return self.ask("select balance from w where id = %s", wallet)
"""


@pytest.mark.parametrize(
    ("source", "calls", "said"),
    [
        ("raise ValueError('no ' + url)", 2, "raised ValueError: no postgresql://.*host="),
        ("return object()", 1, "no method 'create'"),
        ("return wallet_of(url)", 1, "raised NameError"),
        ("from no_such_library import wallet", 1, "raised ModuleNotFoundError"),
    ],
    ids=["raises", "lacks a method", "names what is not there", "imports what is not there"],
)
def test_a_port_is_opened_for_a_factory_alone_that_raised_what_may_come_of_the_url(
    server, tmp_path, monkeypatch, source, calls, said
):
    name = f"wants_{calls}_{abs(hash(source))}"
    (tmp_path / f"{name}.py").write_text(
        f"called = []\ndef wallet(url):\n    called.append(url)\n    {source}\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    wallet = Wallet(adapter=f"{name}:wallet")
    with (
        system(server, tmp_path, "select 1;", profile="postgres", wallet=wallet) as target,
        pytest.raises(AdapterError, match=said) as raised,
    ):
        AdaptedTeller(target)
    urls = importlib.import_module(name).called
    assert ["127.0.0.1" in url for url in urls] == [False, True][:calls]
    assert (raised.value.__cause__ is not None) == (calls > 1), "the second is told beside the first"


@pytest.mark.parametrize("through_proxy", [False, True])
def test_a_service_that_takes_host_and_port_apart_is_given_both(server, tmp_path, monkeypatch, through_proxy):
    (tmp_path / "takes_parts.py").write_text(TAKES_PARTS)
    monkeypatch.syspath_prepend(tmp_path)
    schema = "create table w (id bigint generated always as identity primary key, balance numeric not null default 0);"
    wallet = Wallet(adapter="takes_parts:Wallet")
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        teller = proxied(target)[0] if through_proxy else AdaptedTeller(target)
        made = teller.open("a", teller.owner())
        assert teller.call("deposit", wallet=made, amount="7").accepted
        assert teller.balance(made) == 7
        assert len(teller.instances) == 2
