"""The workflow that is offered for copying runs what there is, and keeps what a run leaves."""

import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOW = yaml.safe_load((ROOT / "docs" / "examples" / "weekly-audit.yml").read_text(encoding="utf-8"))
STEPS = WORKFLOW["jobs"]["audit"]["steps"]
WHEN = WORKFLOW[True]  # YAML takes the word `on` for a truth
COMMANDS = [shlex.split(step["run"]) for step in STEPS if "run" in step]
ACTIONS = {step["uses"].partition("@")[0]: step for step in STEPS if "uses" in step}


def test_it_runs_each_week_and_where_migrations_change():
    (each,) = WHEN["schedule"]
    minute, hour, _, _, weekday = each["cron"].split()
    assert minute.isdecimal()
    assert hour.isdecimal()
    assert weekday in "0123456"
    assert "supabase/migrations/**" in WHEN["pull_request"]["paths"]


def test_what_it_installs_is_offered():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    (wanted,) = (words[-1] for words in COMMANDS if words[:2] == ["pip", "install"])
    name, extras = re.fullmatch(r"([\w-]+)\[([\w,]+)\]", wanted).groups()
    assert name == project["name"]
    assert {*extras.split(",")} <= {*project["optional-dependencies"]}


def test_the_run_leaves_what_is_uploaded_and_fails_where_the_gate_does_not_hold(pytester, monkeypatch):
    monkeypatch.delenv("PYTEST_ADDOPTS", raising=False)
    folder = pytester.path / "supabase" / "migrations"
    folder.mkdir(parents=True)
    open_to_all = "create table public.notes (id int primary key, user_id uuid references auth.users);"
    (folder / "20260101000000_notes.sql").write_text(open_to_all, encoding="utf-8")
    (run,) = (words for words in COMMANDS if words[0] == "pytest-readiness")
    code = "import sys; from pytest_readiness.cli import main; sys.exit(main())"
    result = pytester.run(sys.executable, "-c", code, *run[1:], "--readiness-select=SCH*")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (shown,) = (words[1] for words in COMMANDS if words[0] == "cat")
    for name in (shown, ACTIONS["github/codeql-action/upload-sarif"]["with"]["sarif_file"]):
        assert (pytester.path / name).read_text(encoding="utf-8").strip()
    assert (pytester.path / ACTIONS["actions/upload-artifact"]["with"]["path"]).is_dir()
