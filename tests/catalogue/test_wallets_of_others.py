"""Wallets by other authors: a wrong one is killed by the check that it names, a sound one fails none."""

import time
import tomllib
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

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_others"
TOLD = tomllib.loads((FOLDER / "wallets.toml").read_text())
SHARED, MAY = TOLD.pop("shared"), TOLD.pop("may")
SETTINGS = replace(Settings(), root=FOLDER, profile="postgres")
CHECKS = [declared for declared in read_catalogue(SETTINGS).checks if declared.area == "wallet"]
QUICK_S = 60
"""Several times what each takes; one whose runs end at their bounds takes minutes."""


def wallet(name):
    text = (FOLDER / f"{name}.sql").read_text().lower()
    more = {
        k: v for function, given in MAY.items() if f"function {function}(" in text for k, v in given.items()
    }
    own = {key: value for key, value in TOLD[name].items() if key not in {"kills", "untried"}}
    return Wallet(**SHARED | more | own | {"isolation": tuple(own["isolation"])})


@pytest.mark.parametrize("name", TOLD)
def test_a_wrong_wallet_is_killed_and_a_sound_one_fails_nothing(own_server, tmp_path, name):
    settings = replace(SETTINGS, wallet=wallet(name))
    built = build(
        settings, Files((), (FOLDER / f"{name}.sql",), ()), own_server, f"other{name.replace('_', '')}"
    )
    assert not [migration.failure for migration in built.migrations.migrations if migration.failure]
    began = time.monotonic()
    with Target(settings, built, tmp_path, seed=0) as target:
        store = open_store(target, tmp_path)
        records = [evaluate(declared, target, store) for declared in CHECKS]
    assert time.monotonic() - began < QUICK_S
    found = [(record.check, finding) for record in records for finding in record.findings]
    failed = {check for check, finding in found if finding.status is Status.FAILED}
    if kills := TOLD[name].get("kills"):
        assert kills in failed, failed
    else:
        assert not failed
        unknown = {(check, f.reason) for check, f in found if f.status is Status.UNKNOWN}
        untried = {check for check, reason in unknown if reason != "not declared"}
        assert untried == set(TOLD[name].get("untried", ()))


def test_every_wallet_is_told_of():
    assert {path.stem for path in FOLDER.glob("*.sql")} == set(TOLD)
