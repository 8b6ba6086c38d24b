"""Each defect of a trail is found by a check that its case names; its repair raises no alarm."""

import json

import pytest

from cases import FOLDER, judge_of

CASES = sorted((FOLDER / "audit").iterdir())


@pytest.fixture(scope="module")
def judge(own_server, tmp_path_factory):
    return judge_of(own_server, tmp_path_factory.mktemp("audit"), "audit")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_defect_is_found_and_its_repair_raises_no_alarm(judge, case):
    on_bad, _ = judge(case / "bad.sql")
    on_good, alarms = judge(case / "good.sql")
    assert not alarms
    found_by = json.loads((case / "case.json").read_text())["found_by"]
    assert {check for check, _ in on_bad - on_good} & {*found_by}


@pytest.mark.parametrize("system", sorted((FOLDER / "sound").iterdir()), ids=lambda system: system.name)
def test_a_sound_system_raises_no_alarm(judge, system):
    _, alarms = judge(system / "good.sql")
    assert not alarms
