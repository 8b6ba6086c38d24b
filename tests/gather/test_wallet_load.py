"""Clients who call at once: how they wait for one another."""

import time
from pathlib import Path

from pytest_readiness.gather.wallet.load import opened
from pytest_readiness.gather.wallet.teller import Teller
from pytest_readiness.settings import Wallet
from systems import system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others"
PLAIN = (FOLDER / "numbered_as_one.sql").read_text()
DEADLOCKS = """
create function wallet_deadlocks(a text, b text, amount numeric, k text) returns void language plpgsql as $$
begin raise exception 'deadlock detected' using errcode = '40P01'; end $$;
"""
WALLET = Wallet(
    create="select wallet_create(%(owner)s, %(currency)s)",
    deposit="select wallet_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select wallet_deadlocks(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select wallet_balance(%(wallet)s)",
)


def test_deadlocks_are_looked_for_seldom_until_there_is_one(server, tmp_path):
    with system(server, tmp_path, PLAIN + DEADLOCKS, profile="postgres", wallet=WALLET) as target:
        teller = Teller(target)
        wallets = {letter: teller.open(letter, teller.owner()) for letter in "ab"}
        first, other = opened(target, teller, wallets, 2)
        first.work(1, time.monotonic() + 60)
        shown = [
            caller.teller.connection.execute("show deadlock_timeout").fetchone() for caller in (first, other)
        ]
    assert set(first.refusals) == {"40P01"}
    assert shown == [("1ms",), ("100ms",)]
