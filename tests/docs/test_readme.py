"""What the README shows is run: files where their block says, and what comes out as it stands there."""

import itertools
import json
import os
import re
import shutil
import sys
import tomllib
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from pytest_readiness.areas import AREAS
from pytest_readiness.scoring.decision import GO_ASSESSED, GO_RAW
from pytest_readiness.scoring.score import BLOCKER_CAP, HIGH_CAP
from pytest_readiness.settings import Settings, load

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
FENCES = [(t.info.split(), t.content) for t in MarkdownIt().parse(README) if t.type == "fence"]
FILES = {info[1]: content for info, content in FENCES if len(info) == 2 and info[1] != "output"}
COMMANDS = [
    line.split("#")[0].strip() for info, text in FENCES if info == ["sh"] for line in text.splitlines()
]
MIGRATION = next(name for name in FILES if name.startswith("supabase/"))
OWN = [name for name in FILES if name.startswith("readiness/")]


def table(*head):
    """Return the cells of the rows of the table with these headings."""
    lines = README.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("|") and cells(line) == list(head))
    return [cells(line) for line in itertools.takewhile(str.strip, lines[start + 2 :])]


def cells(line):
    return [cell.strip() for cell in line.strip("|").split("|")]


@pytest.fixture
def project(pytester, monkeypatch):
    """The project of the README, without its own checks and settings."""
    for name in [name for name in os.environ if name.startswith("PYTEST_") and not name.endswith("_CACHE")]:
        monkeypatch.delenv(name)
    write(pytester, MIGRATION)
    return pytester


def write(pytester, *names):
    for name in names:
        path = pytester.path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(FILES[name], encoding="utf-8")


def assess(project, *arguments):
    result = project.runpytest_subprocess("-p", "no:randomly", "--readiness", *arguments)
    report = json.loads((project.path / "readiness-report" / "readiness.json").read_text())
    return result, {check["id"]: check for check in report["checks"]}


def test_every_block_is_a_file_or_a_command_or_an_output():
    kinds = {"sh", "output"}
    assert [
        info for info, _ in FENCES if not (kinds & set(info) or (len(info) == 2 and "." in info[1]))
    ] == []


def test_the_first_minute_is_as_it_is_shown(project):
    result, _ = assess(project)
    (shown,) = (content for info, content in FENCES if info == ["text", "output"])
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    told = "\n".join(result.outlines)
    start = told.index("NO-GO.")
    assert told[start : start + len(shown)] == shown


def command(project, *arguments):
    code = "import sys; from pytest_readiness.cli import main; sys.exit(main())"
    result = project.run(sys.executable, "-c", code, *arguments)
    return result.ret, "\n".join(result.outlines) + "\n"


def outputs(name):
    (found,) = (content for info, content in FENCES if info == [name, "output"])
    return found


def test_the_finding_is_shown_and_mended_as_it_is_shown(project):
    assess(project)
    status, told = command(project, "psql", "ISO001:public.payments")
    assert status == 0
    assert told.endswith(outputs("psql"))
    status, told = command(project, "fix", "ISO001:public.payments")
    assert status == 0
    assert re.sub(r"\d{14}", "20260601120000", told) == outputs("fix")
    (written,) = (project.path / "supabase" / "migrations").glob("*_fix_*.sql")
    assert written.read_text().endswith("\n" + outputs("migration"))
    result, checks = assess(project)
    assert result.ret == pytest.ExitCode.OK
    assert checks["FIX001"]["outcome"] == "passed"


def test_the_examples_of_own_checks_judge(project):
    write(project, *OWN)
    _, checks = assess(project, "--readiness-select=PAY*")
    outcomes = {name: check["outcome"] for name, check in checks.items() if name.startswith("PAY")}
    assert outcomes == {"PAY001": "failed", "PAY002": "passed", "PAY003": "passed"}
    failures = [f["detail"] for f in checks["PAY001"]["findings"] if f["status"] == "failed"]
    assert failures == ["As bob I paid NaN."]
    assert failures[0] in README


@pytest.mark.parametrize(
    ("mending", "check", "outcome"),
    [
        ("alter table public.payments add check (amount < 'NaN')", "PAY001", "passed"),
        ("alter table public.payments disable row level security", "PAY002", "failed"),
        ("alter table public.payments alter amount drop not null", "PAY003", "failed"),
    ],
)
def test_the_examples_of_own_checks_can_say_the_opposite(project, mending, check, outcome):
    write(project, *OWN)
    (project.path / "supabase" / "migrations" / "20260102000000_later.sql").write_text(f"{mending};")
    _, checks = assess(project, "--readiness-select=PAY*")
    assert checks[check]["outcome"] == outcome


def test_the_example_of_settings_is_understood(project):
    write(project, "readiness.toml")
    found = load(project.path, project.path)
    assert (found.postgres_version, found.gate.require) == (15, "go")
    assert found.isolation.world_readable == ("public.price_list",)
    assert found.waivers[0].owner == "alice"
    assert found.profile == "supabase"


def test_the_example_of_a_session_makes_isolation_known(project):
    shutil.rmtree(project.path / "supabase")
    write(project, "plain.toml")
    migrations = project.path / "db" / "migrations"
    migrations.mkdir(parents=True)
    (migrations / "1.sql").write_text(
        "create table public.notes (id int primary key, user_id uuid not null, body text);\n"
        "alter table public.notes enable row level security;\n"
        "create role app;\n"
        "grant select on public.notes to app;\n"
        "create policy own on public.notes using (user_id = current_setting('app.user_id')::uuid);\n"
    )
    result, checks = assess(project, "--readiness-config=plain.toml")
    assert checks["ISO001"]["outcome"] == "passed", checks["ISO001"]["findings"]
    assert result.ret == pytest.ExitCode.OK


def test_every_key_of_the_settings_has_a_row_with_its_default():
    rows = {row[0].strip("`"): row[1] for row in table("key", "default", "meaning")}
    keys = {f.name: getattr(Settings(), f.name) for f in fields(Settings) if not f.metadata.get("found")}
    assert set(rows) == set(keys)
    for name, default in keys.items():
        if default is None or is_dataclass(default) or isinstance(default, dict):
            assert rows[name] == "", name
        else:
            said = tomllib.loads(f"default = {rows[name].strip('`')}")["default"]
            assert (tuple(said) if isinstance(said, list) else said) == default, name


@pytest.mark.parametrize("name", ["gate", "isolation", "audit", "wallet"])
def test_every_key_of_a_table_of_the_settings_is_named(name):
    (meaning,) = (row[2] for row in table("key", "default", "meaning") if row[0] == f"`{name}`")
    named = {word for word in re.findall(r"`(\w+)`", meaning) if word not in {"true", "false", "0"}}
    assert named == {field.name for field in fields(getattr(Settings(), name))}


def test_every_option_has_a_row(project):
    helped = project.runpytest_subprocess("-p", "no:randomly", "--help").stdout.str()
    rows = {re.match(r"`(--[\w-]+)", row[0])[1] for row in table("option", "")}
    assert rows == set(re.findall(r"^\s+(--readiness[\w-]*)", helped, re.MULTILINE))


def test_weights_caps_and_bounds_are_those_of_the_code():
    said = {
        name: int(weight)
        for name, weight in re.findall(r"\b([a-z]+) (\d+)(?=[ ,.])", README)
        if name in AREAS
    }
    assert said == {area.name: area.weight for area in AREAS.values()}
    assert f"at {BLOCKER_CAP} at most, an open `high` at {HIGH_CAP}" in README
    assert f"under {GO_RAW}, less than {GO_ASSESSED} %" in " ".join(README.split())


def test_every_command_exists(project):
    from pytest_readiness.cli import _parser

    made = {command.split()[1] for command in COMMANDS if command.startswith("make ")}
    assert made == {"demo", "test"}
    targets = re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert made <= set(targets)
    for name in ("run", "list", "explain", "compare", "verify", "psql", "fix"):
        assert name in _parser().format_help()
        assert f"`{name}" in README or f"pytest-readiness {name}" in README


def test_what_is_to_be_installed_is_what_the_project_offers():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    installs = [command for command in COMMANDS if command.startswith("pip install ")]
    assert installs
    for command in installs:
        name, extras_wanted = re.search(r"'([\w-]+)\[([\w,]+)\]'", command).groups()
        assert name == project["name"]
        known = project["optional-dependencies"]
        extras = [offered for extra in extras_wanted.split(",") for offered in known[extra]]
        pinned = re.findall(r"'([\w-]+)==", command)
        assert all(any(offered.startswith(f"{pin}>=15") for offered in extras) for pin in pinned)
