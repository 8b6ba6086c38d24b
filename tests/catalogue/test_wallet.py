"""Each wrong wallet is killed by the check that its first line names; the sound one passes them all."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import load
from pytest_readiness.target.build import Files, build
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Status

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet"
SOUND, CHANGED = FOLDER / "sound.sql", FOLDER / "changed.sql"
WRONG = sorted(set(FOLDER.glob("*.sql")) - {SOUND, CHANGED})
SETTINGS = replace(load(FOLDER, FOLDER), profile="postgres", root=FOLDER)
CHECKS = [declared for declared in read_catalogue(SETTINGS).checks if declared.area == "wallet"]


@pytest.fixture
def findings(own_server, tmp_path):
    """Judge the sound wallet, and what a case changes in it; what is not a pass, as (check, subject, status)."""

    def judge(*case):
        name = f"wallet{WRONG.index(case[0]) if case else 'sound'}"
        built = build(SETTINGS, Files((), (SOUND, CHANGED, *case), ()), own_server, name)
        assert not [m.failure for m in built.migrations.migrations if m.failure]
        with Target(SETTINGS, built, tmp_path, seed=0) as target:
            store = open_store(target, tmp_path)
            records = [evaluate(declared, target, store) for declared in CHECKS]
        assert all(record.findings for record in records)
        return [
            (record.check, finding.subject, finding.status)
            for record in records
            for finding in record.findings
            if finding.status is not Status.PASSED
        ]

    return judge


def test_the_sound_wallet_is_clean(findings):
    assert findings() == []


@pytest.mark.parametrize("path", WRONG, ids=lambda path: path.stem)
def test_a_wrong_wallet_is_killed_by_the_check_it_names(findings, path):
    (named,) = re.findall(r"^-- kills: (\w+)$", path.read_text(), re.MULTILINE)
    found = findings(path)
    assert named in {check for check, _, status in found if status is Status.FAILED}, found


def test_there_are_wrong_wallets():
    assert len(WRONG) == 38
