"""Each defect of a migration is found, its repair is clean, and sound systems raise no alarm above info."""

import json

import pytest

from cases import FOLDER, judge_of
from pytest_readiness.target.order import sql_files

ALL = sorted((FOLDER / "migrations").iterdir())
CASES = [case for case in ALL if json.loads((case / "case.json").read_text())["found_by"]]
SOUND = [case for case in ALL if case not in CASES]
SYSTEMS = sorted((FOLDER / "sound").iterdir())


@pytest.fixture(scope="module")
def judge(own_server, tmp_path_factory):
    return judge_of(own_server, tmp_path_factory.mktemp("migrations"), "migrations")


def files(case, way):
    alone = case / f"{way}.sql"
    by_name = "order" not in json.loads((case / "case.json").read_text())
    return [alone] if alone.exists() else sql_files(case, [way], "migrations", by_name=by_name)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_defect_is_found_and_its_repair_is_clean(judge, case):
    told = json.loads((case / "case.json").read_text())
    bad, good = files(case, "bad"), files(case, "good")
    on_bad, _ = judge(case / "base.sql", *bad, applies=told.get("applies", True))
    found = {(check, subject) for check, subject in on_bad if check in told["found_by"]}
    mine = {path.relative_to(FOLDER).as_posix() for path in bad}
    assert any(subject in mine or check == "MIG013" for check, subject in found), on_bad
    on_good, alarms = judge(case / "base.sql", *good)
    assert not alarms
    repaired = {path.relative_to(FOLDER).as_posix() for path in good}
    assert not {
        (check, subject)
        for check, subject in on_good
        if check in told["found_by"] and (subject in repaired or check == "MIG013")
    }


@pytest.mark.parametrize("case", SOUND, ids=lambda case: case.name)
def test_a_sound_migration_raises_no_alarm_above_info(judge, case):
    _, alarms = judge(case / "base.sql", *files(case, "good"))
    assert not alarms


@pytest.mark.parametrize("system", SYSTEMS, ids=lambda system: system.name)
def test_a_sound_system_raises_no_alarm_above_info(judge, system):
    _, alarms = judge(FOLDER / "shim.sql", system / "good.sql")
    assert not alarms
