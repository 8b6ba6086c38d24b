"""The plugin where nobody asks for readiness: it costs nothing, and its fixtures work."""

import json
import subprocess
import sys

import pytest

IMPORT = """
import json, sys
import pytest
before = set(sys.modules)
import pytest_readiness.plugin
print(json.dumps(sorted(set(sys.modules) - before)))
"""
TRIVIAL = """
    def test_trivial():
        pass
"""
TELLING = """
    import sys

    def pytest_unconfigure():
        print("LOADED", *sorted(sys.modules))
"""
REWRITTEN = """
    import sys
    from _pytest.assertion.rewrite import AssertionRewritingHook

    def pytest_unconfigure():
        loaders = {name: getattr(module.__spec__, "loader", None) for name, module in list(sys.modules.items()) if hasattr(module, "__spec__")}
        print("REWRITTEN", *sorted(name for name, loader in loaders.items() if isinstance(loader, AssertionRewritingHook)))
"""
HEAVY = {"psycopg", "redis", "hypothesis", "jinja2", "rich", "sqlalchemy", "xdist.dsession"}
OURS = {"pytest_readiness", "pytest_readiness.plugin"}
USING = """
    import pytest

    @pytest.mark.readiness(id="USES", title="t", severity="low")
    def test_uses_the_target(readiness_target, readiness_database):
        assert readiness_database.execute("select count(*) from notes").fetchone() == (0,)
        readiness_database.execute("insert into notes values (gen_random_uuid(), gen_random_uuid(), 'x')")
        with readiness_target.as_user(readiness_database, "bob") as bob:
            assert bob.execute("select count(*) from notes").fetchone() == (0,)

    @pytest.mark.readiness(id="AGAIN", title="t", severity="low")
    def test_has_a_copy_of_its_own(readiness_database):
        assert readiness_database.execute("select count(*) from notes").fetchone() == (0,)
"""
ON_TIME = """
    import pathlib

    def test_is_not_touched():
        assert not pathlib.Path("readiness-report").exists()
"""


def test_the_plugin_imports_nothing_that_pytest_has_not_imported():
    done = subprocess.run([sys.executable, "-c", IMPORT], capture_output=True, text=True, check=True)
    assert set(json.loads(done.stdout)) == OURS


def test_a_run_without_readiness_loads_nothing_of_it(make_project):
    project = make_project({"test_trivial.py": TRIVIAL, "conftest.py": TELLING, "test_on_time.py": ON_TIME})
    run = project.run("-p", "no:xdist", "-s", readiness=False)
    assert run.code == 0, run.output
    loaded = set(next(line for line in run.output.splitlines() if line.startswith("LOADED")).split()[1:])
    assert not {name for name in loaded if name.partition(".")[0] in HEAVY}
    assert {name for name in loaded if name.startswith(("pytest_readiness", "readiness_"))} == OURS
    assert not project.report.parent.exists()


def test_a_run_rewrites_no_asserts_of_the_plugin(make_project):
    project = make_project({"conftest.py": REWRITTEN, "test_trivial.py": TRIVIAL})
    run = project.run("-s", "-p", "no:xdist")
    assert run.code == 0, run.output
    rewritten = next(line for line in run.output.splitlines() if line.startswith("REWRITTEN")).split()[1:]
    assert "conftest" in rewritten
    assert {name for name in rewritten if name.startswith(("pytest_readiness", "readiness_"))} == OURS


@pytest.mark.parametrize("readiness", [True, False], ids=["with --readiness", "in an ordinary run"])
def test_fixtures_give_each_test_a_copy_of_the_target(make_project, readiness):
    project = make_project({"readiness/test_using.py": USING})
    run = project.run("-W", "error", "-o", "python_files=test_*.py", readiness=readiness)
    assert run.code == 0, run.output
    assert "2 passed" in run.output or run.outcomes()["USES"] == run.outcomes()["AGAIN"] == "passed"
