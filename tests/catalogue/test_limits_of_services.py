"""Half a transfer that a lock limit leaves is found wherever the service waits for what another request holds."""

import importlib

import pytest

from pytest_readiness.gather.wallet import service_timeouts
from pytest_readiness.settings import Wallet
from systems import by_subject, judged, system

# It leaves out the credit where the receiver's row is locked.
HALF = """
import psycopg
class Wallet:
    def __init__(self, url):
        self.url = url
    def close(self):
        pass
    def open(self):
        c = psycopg.connect(self.url)
        c.execute("OWN")
        return c
    def create(self, owner, currency):
        with self.open() as c:
            return str(c.execute("insert into w (bal) values (0) returning id").fetchone()[0])
    def deposit(self, wallet, amount):
        with self.open() as c:
            FIRST
            c.execute("update w set bal = bal + %s where id = %s", (amount, int(wallet)))
    def transfer(self, source, destination, amount):
        with self.open() as c:
            c.execute("update w set bal = bal - %s where id = %s", (amount, int(source)))
            try:
                with c.transaction():
                    c.execute("update w set bal = bal + %s where id = %s", (amount, int(destination)))
            except psycopg.errors.LockNotAvailable:
                pass
    def balance(self, wallet):
        with self.open() as c:
            return c.execute("select bal from w where id = %s", (int(wallet),)).fetchone()[0]
"""


@pytest.mark.parametrize(
    ("own", "first", "status"),
    [
        ("select 1", "pass", "failed"),
        ("set lock_timeout = 1500", "pass", "failed"),
        ("select 1", "c.execute('insert into asked values (1)'); c.commit()", "failed"),
        ("set lock_timeout = 0", "pass", "unknown"),
    ],
    ids=["the limit", "a limit of its own", "after another commit", "no limit"],
)
def test_a_limit_strikes_wherever_the_service_waits_for_what_another_holds(
    server, tmp_path, monkeypatch, own, first, status
):
    monkeypatch.setattr(service_timeouts, "_STRIKES_S", 3.0)
    name = f"half_{abs(hash((own, first)))}"
    (tmp_path / f"{name}.py").write_text(HALF.replace("OWN", own).replace("FIRST", first))
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    schema = "create table w (id bigint generated always as identity primary key, bal numeric not null);"
    wallet = Wallet(adapter=f"{name}:Wallet")
    schema = f"{schema} create table asked (n int);"
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        assert by_subject(judged(target, "WAL013"))["transfer"].status.value == status


# It answers once its own time is up; what it began goes on, unless it is called off.
IMPATIENT = """
import concurrent.futures, psycopg
class Wallet:
    def __init__(self, url):
        self.url, self.threads = url, concurrent.futures.ThreadPoolExecutor(4)
    def close(self):
        pass
    def create(self, owner, currency):
        with psycopg.connect(self.url) as c:
            return str(c.execute("insert into w (bal) values (0) returning id").fetchone()[0])
    def deposit(self, wallet, amount):
        with psycopg.connect(self.url) as c:
            c.execute("update w set bal = bal + %s where id = %s", (amount, int(wallet)))
    def move(self, c, source, destination, amount):
        with c:
            for wallet, more in sorted([(int(source), -int(amount)), (int(destination), int(amount))]):
                c.execute("update w set bal = bal + %s where id = %s", (more, wallet))
    def transfer(self, source, destination, amount):
        c = psycopg.connect(self.url)
        work = self.threads.submit(self.move, c, source, destination, amount)
        try:
            work.result(0.4)
        except concurrent.futures.TimeoutError:
            CALLED_OFF
            raise RuntimeError("nothing was done")
    def balance(self, wallet):
        with psycopg.connect(self.url) as c:
            return c.execute("select bal from w where id = %s", (int(wallet),)).fetchone()[0]
"""


@pytest.mark.parametrize(("called_off", "status"), [("pass", "failed"), ("c.cancel()", "passed")])
def test_what_a_service_has_refused_in_its_own_time_is_not_done_afterwards(
    server, tmp_path, monkeypatch, called_off, status
):
    name = f"impatient_{status}"
    (tmp_path / f"{name}.py").write_text(IMPATIENT.replace("CALLED_OFF", called_off))
    monkeypatch.syspath_prepend(tmp_path)
    importlib.invalidate_caches()
    schema = "create table w (id bigint generated always as identity primary key, bal numeric not null);"
    wallet = Wallet(adapter=f"{name}:Wallet")
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        found = by_subject(judged(target, "WAL013"))["transfer"]
    assert found.status.value == status, found
    assert "where lock_timeout is 2500ms" in found.detail
