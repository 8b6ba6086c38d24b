"""What decides the exit status: selection, the project's tests, a baseline, waivers and the scope."""

import datetime as dt
import json

import pytest
from projects import LEAKING, SOUND

ORDINARY = """
    import pathlib

    def test_of_the_project():
        assert not pathlib.Path("fail").exists()
"""
WAIVER = """
    [[waivers]]
    check = "ISO001"
    subject = "public.*"
    reason = "moved out soon"
    owner = "platform team"
    expires = {day}
"""


@pytest.fixture(scope="module")
def leaking(make_project):
    return make_project({"db/1_notes.sql": LEAKING, "test_ordinary.py": ORDINARY})


def test_a_selection_exits_by_the_selected_checks_and_decides_nothing(leaking):
    run = leaking.run("--readiness-select", "MIG*")
    assert run.code == 0, run.output
    assert run.report["run"]["partial"] == "--readiness-select"
    assert run.report["decision"]["value"] == "unknown"
    assert run.findings("ISO001") == {"ISO001": "not selected"}
    run = leaking.run("--readiness-select", "ISO001,MIG001")
    assert run.code == 1, run.output
    assert "gate: ISO001 is failed" in run.output


@pytest.mark.parametrize("ids", ["NOPE", "ISO001,NOPE", "iso001"])
def test_a_selection_that_names_no_check_is_a_usage_error(leaking, ids):
    run = leaking.run(f"--readiness-select={ids}")
    assert run.code == pytest.ExitCode.USAGE_ERROR, run.output
    assert f"no check has the id {ids.split(',')[-1]}" in run.output


def test_a_failing_test_of_the_project_fails_the_run_although_the_gate_holds(make_project):
    project = make_project({"test_ordinary.py": ORDINARY})
    run = project.run("--readiness-with-tests", readiness=False)
    assert run.code == 0, run.output
    assert "test_ordinary.py ." in run.output
    (project.path / "fail").touch()
    run = project.run("--readiness-with-tests", readiness=False)
    assert run.code == 1, run.output
    assert run.report["gate"]["holds"]
    assert run.report["decision"]["value"] == "go"
    run = project.run()
    assert run.code == 0, run.output
    assert "test_ordinary.py" not in run.output


def test_the_gate_decides_where_all_tests_of_the_project_pass(leaking):
    run = leaking.run("--readiness-with-tests", readiness=False)
    assert run.code == 1, run.output
    assert not run.report["gate"]["holds"]


def test_a_regression_since_the_baseline_is_refused_and_an_improvement_is_not(make_project):
    project = make_project(settings='[gate]\nrequire = "unknown"\n')
    good = project.run()
    (project.path / "good.json").write_text(json.dumps(good.report))
    project.write({"db/1_notes.sql": LEAKING})
    bad = project.run("--readiness-baseline", "good.json")
    assert bad.code == 1, bad.output
    assert "since the baseline: broken ISO001 public.notes" in bad.output
    # What is only to note is told as well, and refuses nothing.
    assert "since the baseline: broken SCH014 public.notes" in bad.output
    assert bad.report["gate"]["refusals"] == ["since the baseline: broken ISO001 public.notes"]
    (project.path / "bad.json").write_text(json.dumps(bad.report))
    project.write({"db/1_notes.sql": SOUND})
    run = project.run("--readiness-baseline", "bad.json")
    assert run.code == 0, run.output
    assert "since the baseline: fixed ISO001 public.notes" in run.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "No such file"),
        ("{", "JSONDecodeError"),
        ("[]", "TypeError"),
        ('{"schema_version": 99}', "schema_version is 99"),
        ('{"schema_version": 1, "run": {"complete": false}, "checks": []}', "did not come to its end"),
        ('{"schema_version": 1, "run": {"complete": true}, "checks": [{}]}', "KeyError"),
    ],
    ids=["missing", "no JSON", "no report", "another schema", "incomplete", "no checks"],
)
def test_a_baseline_that_says_nothing_is_a_usage_error_before_the_run(leaking, text, said):
    path = leaking.path / "old.json"
    path.write_text(text) if text is not None else path.unlink(missing_ok=True)
    run = leaking.run("--readiness-baseline=old.json")
    assert run.code == pytest.ExitCode.USAGE_ERROR, run.output
    assert "--readiness-baseline=old.json: not a readable report" in run.output
    assert said in run.output
    assert not run.report["run"]["complete"]


def test_a_waiver_makes_it_conditional_and_one_that_expired_is_listed_and_does_not(make_project):
    soon = (dt.datetime.now(dt.UTC).date() + dt.timedelta(days=30)).isoformat()
    project = make_project({"db/1_notes.sql": LEAKING}, settings=WAIVER.format(day=soon))
    run = project.run()
    assert run.code == 0, run.output
    assert run.report["decision"]["value"] == "conditional"
    assert run.checks()["ISO001"]["outcome"] == "failed"
    assert run.report["score"]["raw"] < 90
    settings = project.path / "readiness.toml"
    settings.write_text(settings.read_text().replace(soon, "2020-01-01"))
    run = project.run()
    assert run.code == 1, run.output
    assert run.report["decision"]["value"] == "no-go"
    assert run.report["errors"] == ["waiver of ISO001 for public.*: expired on 2020-01-01"]


def test_what_is_declared_not_applicable_and_found_stays_in_force_and_is_listed(make_project):
    declared = '[[not_applicable]]\narea = "isolation"\nreason = "no tenants here"\n'
    run = make_project({"db/1_notes.sql": LEAKING}, settings=declared).run()
    assert run.code == 1, run.output
    assert run.outcomes()["ISO001"] == "failed"
    assert "isolation is declared not applicable, and the target has it" in run.report["errors"][0]
