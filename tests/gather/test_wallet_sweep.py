"""Amounts of every magnitude: what a wallet charges is its own, what it rounds must not make money."""

from dataclasses import replace
from pathlib import Path

import pytest

from pytest_readiness.settings import Wallet
from systems import by_subject, judged, system

SCHEMA = (
    Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others" / "service_charge.sql"
).read_text()
WALLET = Wallet(
    create="select account_open(%(owner)s, %(currency)s)",
    deposit="select pay_in(%(wallet)s, %(amount)s, %(key)s)",
    transfer="select pay(%(source)s, %(destination)s, %(amount)s, %(key)s)",
    balance="select balance_of(%(wallet)s)",
    isolation=("read committed",),
    ledger="posting",
    entries="select txn as transfer_id, account as wallet_id, ccy as currency, amount from posting",
)
CREDIT = "round(p_amount * (1 - rate), 2)"
SOUND = SCHEMA.replace(CREDIT, "p_amount - round(p_amount * rate, 2)")
DEBIT = "perform post(t.id, s.id, s.ccy, -p_amount);"
ON_TOP = SOUND.replace(DEBIT, DEBIT.replace("-p_amount", "-p_amount - round(p_amount * rate, 2)"))
ON_TOP = ON_TOP.replace("p_amount - round(p_amount * rate, 2));\n  if", "p_amount);\n  if")


@pytest.fixture
def findings(server, tmp_path):
    def judge(schema, **settings):
        declared = replace(WALLET, **settings)
        with system(server, tmp_path, schema, profile="postgres", wallet=declared) as target:
            return {check: by_subject(judged(target, check)) for check in ("WAL002", "WAL006")}

    return judge


def test_parts_that_are_both_rounded_up_make_money(findings):
    found = findings(SCHEMA)["WAL006"]["posting: transfers sum to zero"]
    assert found.status.value == "failed"
    assert "sum to 0.01 USD: -1002.00, +2.51, +999.50" in found.detail
    assert "select pay(:'a', :'b', '1002'," in found.reproduce
    assert found.reproduce.endswith(WALLET.entries + ";")


@pytest.mark.parametrize(
    "schema",
    [SOUND, ON_TOP, SOUND.replace("p_amount > 1e15", "p_amount > 5000")],
    ids=["of the receiver", "on top", "only small amounts"],
)
def test_a_charge_is_no_defect(findings, schema):
    found = findings(schema)
    assert found["WAL002"]["transfer"].status.value == "passed"
    assert {finding.status.value for finding in found["WAL006"].values()} == {"passed"}


@pytest.mark.parametrize(
    "schema",
    [
        SCHEMA.replace(CREDIT, "ceil(p_amount * 10) / 10"),
        SOUND.replace("s.ccy, -p_amount)", "s.ccy, -round(p_amount, 1))"),
        ON_TOP.replace("check (balance >= 0)", ""),
    ],
    ids=["more is credited", "less is debited", "below zero"],
)
def test_without_a_ledger_balances_tell_as_much(findings, schema):
    found = findings(schema, ledger="", entries="")["WAL002"]["transfer"]
    assert found.status.value == "failed"
    assert "of all that is left" in found.detail
