"""A run that dies leaves no good report behind, and a report that is not this project's is refused."""

import json
import os
import signal
import subprocess
import time

import pytest
from projects import LEAN, Project, clean_environment

WAITING = """
    import pathlib, time
    import pytest

    @pytest.mark.readiness(id="SLOW", title="It takes long", severity="low")
    def test_waits():
        if pathlib.Path("wait").exists():
            pathlib.Path("waiting").touch()
            time.sleep(25)
"""
ATTACKING = """
    import pathlib
    from dataclasses import dataclass

    import psycopg
    from pytest_readiness import Severity, Strength, Target, check, gatherer, passed

    @dataclass(frozen=True)
    class Slow:
        pass

    @gatherer(strength=Strength.ATTACKED)
    def slow(target: Target) -> Slow:
        database = target.database()
        pathlib.Path("waiting").touch()
        try:
            database.execute("select pg_sleep(60)")
        except psycopg.OperationalError:
            pathlib.Path("let go").touch()
        return Slow()

    @check(id="ASLOW", title="It takes long", severity=Severity.LOW)
    def slow_one(slow: Slow):
        yield passed("it")
"""
LOOKING = """
    import os
    import pathlib

    report = pathlib.Path("readiness-report", "readiness.json")
    name = os.environ.get("PYTEST_XDIST_WORKER", "controller")
    pathlib.Path(f"written-{name}").write_text(str(report.stat().st_mtime_ns))
"""
WARNING = """
    import warnings
    import pytest

    @pytest.mark.readiness(id="WARNS", title="t", severity="low")
    def test_warns():
        warnings.warn("look out")
"""
LEAVING = """
    import pytest

    @pytest.mark.readiness(id="EXIT", title="It leaves with a smile", severity="low")
    def test_leaves():
        pytest.exit("all is well", returncode=0)
"""


@pytest.fixture(scope="module")
def proven(make_project):
    """Make a project with a good report that has been committed with it."""
    project = make_project({"readiness/test_slow.py": WAITING})
    git(project, "init", "-q")
    git(project, "add", "-A")
    git(project, "-c", "user.name=n", "-c", "user.email=e@x", "commit", "-qm", "first")
    git(project, "tag", "proven")
    run = project.run()
    assert run.code == 0, run.output
    return project, project.report.read_text()


@pytest.fixture
def project(proven):
    """Put the good report back in place."""
    found, good = proven
    found.report.write_text(good)
    yield found
    for name in ("wait", "waiting", "conftest.py"):
        (found.path / name).unlink(missing_ok=True)
    git(found, "reset", "--quiet", "--soft", "proven")


def git(project, *arguments):
    subprocess.run(["git", *arguments], cwd=project.path, check=True, capture_output=True)


def refused(project, *said):
    done = project.readiness("verify")
    assert done.returncode == 1, done.stdout
    for text in said:
        assert text in done.stdout


def void(project):
    report = json.loads(project.report.read_text())
    assert not report["run"]["complete"]
    assert report["decision"]["value"] == "unknown"
    assert not report["gate"]["holds"]
    return report


def test_a_good_and_current_report_is_accepted(project):
    done = project.readiness("verify", "--max-age", "1")
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_conftest_that_raises_leaves_no_good_report(project, workers):
    project.write({"conftest.py": "raise RuntimeError('broken')\n"})
    assert project.run(workers).code == pytest.ExitCode.USAGE_ERROR
    void(project)
    refused(project, "the run did not come to its end")


def interrupt(project: Project, how, workers):
    (project.path / "wait").touch()
    process = subprocess.Popen(
        project.command("--readiness", workers, lean=LEAN),
        cwd=project.path,
        env=clean_environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    limit = time.monotonic() + 90
    while not (project.path / "waiting").exists():
        if process.poll() is not None or time.monotonic() > limit:
            process.kill()
            pytest.fail(process.communicate()[0].decode())
        time.sleep(0.02)
    os.kill(process.pid, how)
    process.communicate(timeout=30)
    return process.returncode


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_a_killed_run_leaves_no_good_report(project, workers):
    assert interrupt(project, signal.SIGKILL, workers) == -signal.SIGKILL
    void(project)
    refused(project, "the run did not come to its end")


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
def test_an_interrupted_run_leaves_a_report_that_says_so(project, workers):
    assert interrupt(project, signal.SIGINT, workers) == pytest.ExitCode.INTERRUPTED
    void(project)
    refused(project, "the run did not come to its end")


def test_an_interrupt_lets_go_of_an_attack_in_a_worker(make_project):
    project = make_project({"readiness/slow.py": ATTACKING})
    assert interrupt(project, signal.SIGINT, "-n2") == pytest.ExitCode.INTERRUPTED
    assert (project.path / "let go").exists()
    void(project)


@pytest.mark.parametrize("workers", ["-n0", "-n2"])
@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], ids=lambda how: how.name)
def test_a_run_that_is_ended_leaves_no_directory(project, tmp_path, monkeypatch, how, workers):
    (tmp_path / "a;b").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "a;b"))
    interrupt(project, how, workers)
    limit = time.monotonic() + 15
    while list((tmp_path / "a;b").glob("readiness-*")) and time.monotonic() < limit:
        time.sleep(0.05)
    assert list((tmp_path / "a;b").glob("readiness-*")) == []


def test_a_test_that_exits_with_0_does_not_end_the_run_well(make_project):
    project = make_project({"readiness/test_leaves.py": LEAVING})
    run = project.run()
    assert run.code == pytest.ExitCode.INTERRUPTED, run.output
    void(project)


def test_a_run_without_the_plugin_fails_and_the_old_report_is_refused_for_its_commit(project):
    assert project.run("-p", "no:readiness").code == pytest.ExitCode.USAGE_ERROR
    git(project, "-c", "user.name=n", "-c", "user.email=e@x", "commit", "-qm", "next", "--allow-empty")
    refused(project, "the report is of commit")


def test_an_old_report_is_refused_for_its_settings_its_age_and_its_form(project):
    settings = project.path / "readiness.toml"
    before = settings.read_text()
    settings.write_text(before + "[gate]\nfail_under = 1\n")
    refused(project, "the settings have changed since")
    settings.write_text(before)
    report = json.loads(project.report.read_text())
    report["run"]["started_at"] = "2020-01-01T00:00:00+00:00"
    project.report.write_text(json.dumps(report))
    assert "hours old" in project.readiness("verify", "--max-age", "24").stdout
    for text in ("", "[]", "{}", json.dumps(report | {"schema_version": 99})):
        project.report.write_text(text)
        assert project.readiness("verify").returncode == 1
    project.report.unlink()
    refused(project, "cannot be read")


def test_a_report_is_refused_for_files_that_git_does_not_tell_of(project):
    new = project.path / "db" / "9_new.sql"
    new.write_text("create table public.new (id int);")
    refused(project, "the migrations, the schema or the seeds have changed since")
    new.unlink()
    old = project.path / "db" / "1_notes.sql"
    before = old.read_text()
    old.write_text(before + "\n-- changed\n")
    refused(project, "the migrations, the schema or the seeds have changed since")
    old.unlink()
    (project.path / "db" / "0_notes.sql").write_text(before)
    refused(project, "the migrations, the schema or the seeds have changed since")
    (project.path / "db" / "0_notes.sql").rename(old)
    assert project.readiness("verify").returncode == 0


@pytest.mark.parametrize("typed", ["--collect-only", "--help", "--fixtures", "--markers"])
def test_what_only_shows_something_leaves_the_report_alone_and_starts_no_server(project, typed):
    before = project.report.read_text()
    run = project.run(typed)
    assert run.code == 0, run.output
    assert project.report.read_text() == before
    assert "= readiness =" not in run.output


def test_collect_only_starts_no_server_and_names_the_checks(make_project):
    project = make_project(
        {
            "conftest.py": "import pytest_readiness.providers.postgres as p\ndef launch(*a, **k):\n    raise SystemExit(9)\np.launch = launch\n"
        }
    )
    assert project.run().code != 0
    run = project.run("--collect-only", "-q")
    assert run.code == 0, run.output
    assert "readiness/isolation/ISO001::tenant_reads_own_rows" in run.output


@pytest.mark.parametrize("option", ["--collect-only", "--setup-plan"])
def test_a_project_cannot_turn_every_run_into_a_show(make_project, option):
    run = make_project({"pytest.ini": f"[pytest]\naddopts = {option}\n"}).run()
    assert run.code == 0, run.output
    assert run.report["run"]["complete"]
    assert run.report["decision"]["value"] == "go"


def test_a_worker_that_starts_late_does_not_void_what_was_written(make_project):
    project = make_project({"conftest.py": LOOKING})
    run = project.run("-n2")
    assert run.code == 0, run.output
    written = {path.name: path.read_text() for path in project.path.glob("written-*")}
    assert set(written) == {"written-controller", "written-gw0", "written-gw1"}
    assert len(set(written.values())) == 1


def test_statuses_that_are_not_the_gates_are_left_alone(make_project):
    project = make_project({"readiness/test_warns.py": WARNING})
    assert project.run("--max-warnings=0").code == pytest.ExitCode.MAX_WARNINGS_ERROR
    assert project.run("--no-such-option").code == pytest.ExitCode.USAGE_ERROR
    void(project)
