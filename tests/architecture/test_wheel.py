"""What is published is all that is needed, and nothing else."""

import json
import zipfile
from pathlib import Path, PurePosixPath

import pytest

ROOT = Path(__file__).parents[2]
PACKAGES = {
    "pytest_readiness": ROOT / "src",
    "readiness_checks": ROOT / "checks",
    "readiness_reference": ROOT / "fixtures",
}

LEAKY = """
create table public.notes (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references auth.users,
  body text not null
);
alter table public.notes enable row level security;
create policy "notes of signed-in users" on public.notes for select to authenticated using (true);
"""
MENDED = """
drop policy "notes of signed-in users" on public.notes;
create policy "own notes" on public.notes for select to authenticated using (user_id = auth.uid());
"""


MADE = {"__pycache__", ".pytest_cache", "readiness-report"}
"""Folders that runs leave behind."""


@pytest.fixture(scope="module")
def names(wheel):
    with zipfile.ZipFile(wheel) as archive:
        return {PurePosixPath(name) for name in archive.namelist()}


def sources():
    """All files of the packages, caches aside, by their names in the wheel."""
    for package, folder in PACKAGES.items():
        for path in (folder / package).rglob("*"):
            if path.is_file() and not MADE & {*path.parts}:
                yield PurePosixPath(path.relative_to(folder).as_posix())


def test_every_file_of_the_three_packages_is_in_the_wheel(names):
    assert sorted(set(sources()) - names) == []


def test_nothing_else_is_in_the_wheel(names):
    others = {name for name in names - set(sources()) if not name.parts[0].endswith(".dist-info")}
    assert others == set()


@pytest.mark.parametrize(
    "pattern",
    [
        "pytest_readiness/py.typed",
        "pytest_readiness/gather/catalog/*.sql",
        "pytest_readiness/gather/attacks/*.sql",
        "pytest_readiness/target/profiles/supabase_*.sql",
        "pytest_readiness/target/profiles/postgres_*.sql",
        "pytest_readiness/providers/postgres/stand_ins/*.control",
        "pytest_readiness/providers/postgres/stand_ins/*--stand-in.sql",
        "readiness_checks/*/*.py",
        "readiness_reference/mutants/*.sql",
        "readiness_reference/mutants/*.py",
        "pytest_readiness/providers/clock/clock.c",
        "readiness_reference/supabase/migrations/*.sql",
        "readiness_reference/supabase/config.toml",
        "readiness_reference/readiness.toml",
        "pytest_readiness-*.dist-info/licenses/LICENSE",
    ],
)
def test_what_is_read_at_run_time_is_in_the_wheel(names, pattern):
    assert any(name.match(pattern) for name in names), pattern


@pytest.mark.parametrize("part", ["tests", "benchmarks", "docs", "__pycache__", "readiness-report", ".venv"])
def test_what_only_this_repository_needs_is_not(names, part):
    assert [name for name in names if part in name.parts] == []


@pytest.fixture
def project(tmp_path):
    """A Supabase project of somebody else, in a folder that a shell would trip over."""
    root = tmp_path / """bob's "wallet" $HOME app"""
    (root / "supabase" / "migrations").mkdir(parents=True)
    (root / "supabase" / "config.toml").write_text('project_id = "wallet"\n')
    (root / "supabase" / "migrations" / "20260101000000_notes.sql").write_text(LEAKY)
    return root


def report(project):
    return json.loads((project / "readiness-report" / "readiness.json").read_text())


def test_the_installed_plugin_judges_a_strangers_project(stranger, project):
    done = stranger("python", "-m", "pytest", "--readiness", cwd=project)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    said = report(project)
    assert {check["id"] for check in said["checks"]} >= {"ISO001", "AUD001", "MIG001"}
    assert said["blockers"] == ["ISO001"]
    assert said["decision"]["sentence"].startswith("NO-GO. As bob I read alice's note")
    assert said["target"]["name"] == "wallet"


def test_the_same_project_mended_holds_the_gate(stranger, project):
    (project / "supabase" / "migrations" / "20260102000000_mended.sql").write_text(MENDED)
    done = stranger("python", "-m", "pytest", "--readiness", cwd=project)
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    assert report(project)["blockers"] == []


def test_the_installed_command_does_the_same_and_leaves_only_the_report(stranger, project):
    done = stranger("pytest-readiness", "run", cwd=project)
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    assert {path.name for path in project.iterdir()} == {"supabase", "readiness-report"}


def test_the_installed_command_lists_the_checks_of_the_wheel(stranger, project):
    done = stranger("pytest-readiness", "list", cwd=project)
    built_in = [path for path in sources() if path.match("readiness_checks/*/[a-z]*.py")]
    assert done.returncode == 0
    assert len(done.stdout.splitlines()) == len(built_in)


def test_the_stranger_uses_nothing_of_this_checkout(stranger, tmp_path):
    code = "import sys; [__import__(n) for n in sys.argv[1:]]; print([sys.modules[n].__file__ for n in sys.argv[1:]])"
    done = stranger("python", "-c", code, *PACKAGES, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert str(ROOT) not in done.stdout


def test_the_reference_of_the_wheel_passes_a_check_of_each_area(stranger, tmp_path):
    chosen = ("ISO001", "WAL001", "AUD001", "MIG001", "SCH001")
    code = "import readiness_reference; print(readiness_reference.ROOT)"
    root = stranger("python", "-c", code, cwd=tmp_path).stdout.strip()
    options = (f"--readiness-report={tmp_path / 'report'}", f"--readiness-select={','.join(chosen)}")
    done = stranger("pytest-readiness", "run", *options, cwd=root)
    assert done.returncode == pytest.ExitCode.OK, done.stdout + done.stderr
    checks = json.loads((tmp_path / "report" / "readiness.json").read_text())["checks"]
    assert {check["id"] for check in checks if check["outcome"] == "passed"} == {*chosen}
