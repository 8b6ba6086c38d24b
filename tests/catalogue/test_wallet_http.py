"""Each wrong bank over HTTP is killed by the check that it names; the right ones fail none."""

import importlib
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings, Wallet
from pytest_readiness.target.build import Files, build
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Status

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_http"
sys.path.insert(0, str(FOLDER))
BANKS = importlib.import_module("banks")
NAMES = ["Bank", *(one.__name__ for one in BANKS.Bank.__subclasses__())]
READ = "select transfer as transfer_id, account as wallet_id, amount from entries"


@pytest.fixture
def findings(own_server, tmp_path):
    def judge(name):
        wallet = Wallet(
            adapter=f"wallet_over_http:{name}", ledger="entries", entries=READ, reconcile="select reconcile()"
        )
        settings = replace(Settings(), root=FOLDER, profile="postgres", wallet=wallet)
        built = build(settings, Files((FOLDER / "schema.sql",), (), ()), own_server, f"http{name.lower()}")
        with Target(settings, built, tmp_path, seed=0) as target:
            store = open_store(target, tmp_path)
            checks = [one for one in read_catalogue(settings).checks if one.area == "wallet"]
            records = [evaluate(declared, target, store) for declared in checks]
        return [(record.check, finding) for record in records for finding in record.findings]

    return judge


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_bank_is_killed_by_the_check_it_names_and_a_right_one_fails_none(findings, name):
    found, kills = findings(name), getattr(BANKS, name).kills
    failed = {check for check, finding in found if finding.status is Status.FAILED}
    if kills:
        assert kills in failed, failed
    else:
        assert not failed
        unknown = [one for _, one in found if one.status is Status.UNKNOWN and one.reason != "not declared"]
        assert not unknown


def test_there_are_right_and_wrong_banks():
    assert len([name for name in NAMES if getattr(BANKS, name).kills]) == 12
    assert len([name for name in NAMES if not getattr(BANKS, name).kills]) == 3
