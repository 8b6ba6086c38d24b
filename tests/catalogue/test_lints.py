"""Each lint fires on its case and is silent on the repair; sound systems raise none above info."""

import json

import pytest

from cases import FOLDER, judge_of

CASES = sorted((FOLDER / "schema").iterdir())


@pytest.fixture(scope="module")
def judge(own_server, tmp_path_factory):
    return judge_of(own_server, tmp_path_factory.mktemp("schema"), "schema")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_lint_fires_on_bad_and_is_silent_on_its_repair(judge, case):
    told = json.loads((case / "case.json").read_text())
    on_bad, _ = judge(case / "base.sql", case / "bad.sql")
    on_good, _ = judge(case / "base.sql", case / "bad.sql", case / "good.sql")
    found = {place for place in on_bad - on_good if place[0] in told["found_by"]}
    assert any(told["object"] in subject for _, subject in found)


@pytest.mark.parametrize("system", sorted((FOLDER / "sound").iterdir()), ids=lambda system: system.name)
def test_a_sound_system_raises_no_lint_above_info(judge, system):
    _, alarms = judge(FOLDER / "shim.sql", system / "good.sql")
    assert not alarms
