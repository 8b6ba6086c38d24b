"""Each wrong service is killed by a check that it names, however it reaches the server; a right one fails none."""

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

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases" / "wallet_services"
ADAPTER = "service_over_http"
NAMES = sorted(path.stem for path in FOLDER.glob("*.py") if path.stem != ADAPTER)


def kills(name):
    said = (FOLDER / f"{name}.py").read_text().split("\n")[0].removeprefix("# kills:").split()
    return set(said) - {"none"}


@pytest.fixture
def findings(own_server, tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [str(FOLDER), *sys.path])

    def judge(name):
        settings = replace(
            Settings(), root=FOLDER, profile="postgres", wallet=Wallet(adapter=f"{ADAPTER}:{name}")
        )
        built = build(settings, Files((), (), ()), own_server, name.replace("_", ""))
        with Target(settings, built, tmp_path, seed=0) as target:
            store = open_store(target, tmp_path)
            checks = [one for one in read_catalogue(settings).checks if one.area == "wallet"]
            records = [evaluate(declared, target, store) for declared in checks]
        return [(record.check, finding) for record in records for finding in record.findings]

    return judge


@pytest.mark.parametrize("name", NAMES)
def test_a_wrong_service_is_killed_by_the_checks_it_names_and_a_right_one_fails_none(findings, name):
    found = findings(name)
    failed = {check: finding.detail for check, finding in found if finding.status is Status.FAILED}
    if named := kills(name):
        assert named <= failed.keys(), failed
        return
    assert not failed
    unknown = [finding for _, finding in found if finding.status is Status.UNKNOWN]
    assert not [finding for finding in unknown if finding.reason != "not declared"]


def test_there_are_right_and_wrong_services():
    assert len([name for name in NAMES if kills(name)]) == 8
    assert len([name for name in NAMES if not kills(name)]) == 8
