"""What is rounded goes to the house; where that is all of it, settings say whether it is meant."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_readiness.settings import Wallet
from systems import by_subject, judged, system

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others"
GONE = (FOLDER / "nothing_credited.sql").read_text()
CREDIT = "  credit := trunc(wallet_exchange.amount * wallet_exchange.rate, 2);\n"
REFUSED = f"{CREDIT}  if credit <= 0 then raise exception 'too little'; end if;\n"
ROUNDED_UP = CREDIT.replace("trunc(", "0.01 + trunc(")
WALLET = Wallet(
    create="select wallet_create(%(owner)s, %(currency)s)",
    deposit="select wallet_deposit(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select wallet_transfer(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    exchange="select wallet_exchange(%(source)s, %(destination)s, %(amount)s, %(rate)s, %(key)s)",
    balance="select wallet_balance(%(wallet)s)",
)


@pytest.mark.parametrize(
    ("credit", "declared", "status"),
    [
        (CREDIT, None, "unknown"),
        (CREDIT, True, "passed"),
        (CREDIT, False, "failed"),
        (REFUSED, None, "passed"),
        (ROUNDED_UP, None, "failed"),
        (ROUNDED_UP, True, "failed"),
    ],
)
def test_an_exchange_that_credits_nothing_is_as_declared(server, tmp_path, credit, declared, status):
    assert CREDIT in GONE
    wallet = replace(WALLET, rounds_to_nothing=declared)
    schema = GONE.replace(CREDIT, credit)
    with system(server, tmp_path, schema, profile="postgres", wallet=wallet) as target:
        found = by_subject(judged(target, "WAL002"))["exchange"]
    assert found.status.value == status, found
    if status == "unknown":
        assert found.fix == "rounds_to_nothing = true"
        assert "a -0.01" in found.detail
