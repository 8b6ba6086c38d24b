"""No test that failed is lost on its way from an xdist worker, whatever it carries."""

import pytest

HOSTILE = """
    import datetime, decimal, enum, uuid
    from dataclasses import dataclass

    import pytest

    class Colour(enum.Enum):
        RED = "red"

    class Shade(str, enum.Enum):
        PINK = "pink"

    class Rank(enum.IntEnum):
        FIRST = 1

    @dataclass
    class Money:
        amount: decimal.Decimal

    class Unprintable:
        def __str__(self):
            raise RuntimeError("no")
        __repr__ = __str__

    ITSELF = []
    ITSELF.append(ITSELF)

    VALUES = {
        "decimal": decimal.Decimal("1.10"),
        "uuid": uuid.UUID(int=1),
        "datetime": datetime.datetime(2026, 1, 1),
        "enum": Colour.RED,
        "str_enum": Shade.PINK,
        "int_enum": Rank.FIRST,
        "dataclass": Money(decimal.Decimal(1)),
        "nested": {"a": [decimal.Decimal(1), {Colour.RED}], uuid.UUID(int=2): (Shade.PINK,)},
        "surrogate": "\\udcff",
        "unprintable": Unprintable(),
        "itself": ITSELF,
    }

    @pytest.mark.readiness(id="BAD", title="It fails and tells", severity="blocker")
    @pytest.mark.parametrize("name", VALUES)
    def test_fails(name, record_property):
        record_property(name, VALUES[name])
        assert False, f"failed with {name}"

    @pytest.mark.readiness(id="GOOD", title="It passes and tells", severity="medium")
    @pytest.mark.parametrize("name", VALUES)
    def test_passes(name, record_property):
        record_property(name, VALUES[name])

    @pytest.mark.readiness(id="SURROGATE", title="It says what cannot be encoded", severity="medium")
    def test_says():
        print("\\udcfe")
        assert False, "\\udcff"
"""
DECORATED = """
    import decimal
    import pytest

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(item, call):
        report = yield
        report.amount = decimal.Decimal("1.10")
        report.user_properties.append(("late", decimal.Decimal(1)))
        return report
"""
RAISING = """
    import os

    def pytest_runtest_logreport(report):
        # Only where the reports arrive.
        if "test_marked" in report.nodeid and "PYTEST_XDIST_WORKER" not in os.environ:
            raise RuntimeError("a reporter that breaks")
"""
UNSENDABLE = """
    import decimal
    import pytest

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_report_to_serializable(report):
        data = yield
        if "test_marked" in report.nodeid:
            data["amount"] = decimal.Decimal(1)
        return data
"""
# As xdist does for a worker that broke: it tells, and goes on as if nothing had happened.
TELLING = """
    import pytest

    def pytest_testnodedown(node):
        try:
            raise RuntimeError("a worker broke")
        except RuntimeError:
            told = pytest.ExceptionInfo.from_current()
        node.config.hook.pytest_internalerror(excrepr=told.getrepr(), excinfo=told)
"""
MARKED = """
    import pytest

    @pytest.mark.readiness(id="MARKED", title="Marked", severity="low")
    def test_marked():
        pass
"""


@pytest.fixture(scope="module")
def hostile(make_project):
    return make_project({"readiness/test_hostile.py": HOSTILE, "conftest.py": DECORATED})


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_failing_test_with_values_that_cannot_be_sent_fails_its_check(hostile, workers):
    run = hostile.run(workers)
    assert run.code == 1, run.output
    assert run.report["run"]["complete"]
    assert set(run.findings("BAD").values()) == {"failed"}
    assert len(run.findings("BAD")) == 11
    assert set(run.findings("GOOD").values()) == {"passed"}
    assert len(run.findings("GOOD")) == 11
    assert run.outcomes()["SURROGATE"] == "failed"
    assert run.outcomes()["ISO001"] == "passed"


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_an_internal_error_ends_with_3_and_an_incomplete_report(make_project, workers):
    run = make_project({"readiness/test_marked.py": MARKED, "conftest.py": RAISING}).run(workers)
    assert run.code == pytest.ExitCode.INTERNAL_ERROR, run.output
    assert not run.report["run"]["complete"]
    assert run.report["decision"]["value"] == "unknown"
    assert not run.report["gate"]["holds"]


def test_a_report_that_cannot_be_sent_after_all_ends_with_3_and_an_incomplete_report(make_project):
    run = make_project({"readiness/test_marked.py": MARKED, "readiness/conftest.py": UNSENDABLE}).run("-n2")
    assert run.code == pytest.ExitCode.INTERNAL_ERROR, run.output
    assert "DumpError" in run.output
    assert not run.report["run"]["complete"]
    assert run.report["decision"]["value"] == "unknown"


def test_an_internal_error_that_does_not_end_the_run_ends_with_3_nevertheless(make_project):
    run = make_project({"conftest.py": TELLING}).run("-n2")
    assert run.code == pytest.ExitCode.INTERNAL_ERROR, run.output
    assert not run.report["run"]["complete"]
    assert run.report["decision"]["value"] == "unknown"
    assert run.outcomes()["ISO001"] == "passed"
