"""Each defect of the cases is found by a check that its case names; repairs and sound systems raise no alarm."""

import itertools
import json

import pytest

from cases import FOLDER, SETTINGS, clear
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.judges.isolation.cells import State
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.matrix import isolation_matrix
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.target.build import Files, build
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Severity, Status

CASES = sorted((FOLDER / "isolation").iterdir())
SOUND = sorted((FOLDER / "sound").iterdir())
CHECKS = [declared for declared in read_catalogue(Settings()).checks if declared.area == "isolation"]
BAD = {State.LEAK, State.BROKEN}
STATEMENTS = {"ISO001", "ISO002", "ISO003", "ISO004"}
"""Checks of what plain statements reach, each of which has its cell in the matrix."""


@pytest.fixture
def judge(own_server, tmp_path):
    """Build a schema; return what fails in it, as (check, subject), what of that is above info, and leaks."""
    serial = itertools.count()

    def failures(path):
        number = next(serial)
        built = build(SETTINGS, Files((), (FOLDER / "shim.sql", path), ()), own_server, f"case{number}")
        assert not [m.failure for m in built.migrations.migrations if m.failure]
        directory = tmp_path / str(number)
        directory.mkdir()
        with Target(SETTINGS, built, directory, seed=0) as target:
            store = open_store(target, directory)
            found = {declared: evaluate(declared, target, store).findings for declared in CHECKS}
            rows = isolation_matrix(store).rows
        clear(own_server)
        failed = {
            (declared.spec.id, finding.subject): declared.spec.severity
            for declared, findings in found.items()
            for finding in findings
            if finding.status is Status.FAILED
        }
        alarms = [what for what, severity in failed.items() if severity is not Severity.INFO]
        leaks = {(row.relation, *at) for row in rows for at, cell in row.cells.items() if cell.state in BAD}
        return failed.keys(), alarms, leaks

    clear(own_server)
    return failures


def parameters(folders):
    """Yield each folder; one with an excuse has to fail."""
    for folder in folders:
        told = json.loads((folder / "case.json").read_text())
        excuse = told.get("unfound") or told.get("alarm")
        marks = [pytest.mark.xfail(reason=excuse, strict=True)] if excuse else []
        yield pytest.param(folder, id=folder.name, marks=marks)


@pytest.mark.parametrize("case", list(parameters(CASES)))
def test_the_defect_is_found_and_its_repair_raises_no_alarm(judge, case):
    found_by = json.loads((case / "case.json").read_text())["found_by"]
    on_bad, _, leaks = judge(case / "bad.sql")
    on_good, alarms, still = judge(case / "good.sql")
    assert not alarms
    assert not still
    found = {check for check, _ in on_bad - on_good}
    assert found & {*found_by}
    assert leaks or not found & STATEMENTS


@pytest.mark.parametrize("system", list(parameters(SOUND)))
def test_a_sound_system_raises_no_alarm(judge, system):
    _, alarms, leaks = judge(system / "good.sql")
    assert not alarms
    assert not leaks
