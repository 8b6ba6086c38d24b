"""Projects under test, each run by a pytest of its own that inherits nothing from this one."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from textwrap import dedent

# What a run here does not need is not loaded: half of the time of a small run is plugins.
LEAN = (
    *("randomly", "hypothesispytest", "pytest_cov", "socket", "rerunfailures", "valkey", "platformdirs"),
    *("anyio", "time_machine", "cacheprovider", "doctest", "unraisableexception", "threadexception"),
)
SETTINGS = 'profile = "supabase"\nmigrations = ["db"]\n'
SOUND = """
    create table public.notes (id uuid primary key, user_id uuid not null, body text);
    alter table public.notes enable row level security;
    create policy own on public.notes using (auth.uid() = user_id);
"""
LEAKING = SOUND + "create policy everybody on public.notes for select using (true);"


@dataclass(frozen=True)
class Run:
    """What became of a run."""

    code: int
    output: str
    path: Path

    @cached_property
    def report(self):
        return json.loads(self.path.read_text())

    def checks(self):
        return {check["id"]: check for check in self.report["checks"]}

    def outcomes(self):
        return {name: check["outcome"] for name, check in self.checks().items()}

    def findings(self, check):
        """Status, or for unknown the reason, by subject."""
        return {
            finding["subject"]: finding["reason"] or finding["status"]
            for finding in self.checks()[check]["findings"]
        }

    def detail(self, check):
        return self.checks()[check]["findings"][0]["detail"]

    def timeless(self):
        """The report without what differs from run to run."""
        report = json.loads(json.dumps(self.report))
        for key in ("started_at", "duration_s", "phases_s"):
            report["run"].pop(key)
        for check in report["checks"]:
            check.pop("duration_s")
        return json.dumps(report, indent=1)


@dataclass(frozen=True)
class Project:
    """A folder with settings, migrations and whatever a test puts beside them."""

    path: Path

    @property
    def report(self):
        return self.path / "readiness-report" / "readiness.json"

    def write(self, files):
        for name, text in files.items():
            path = self.path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(dedent(text))
        return self

    def command(self, *arguments, lean=LEAN):
        off = [part for name in lean for part in ("-p", f"no:{name}")]
        return [sys.executable, "-m", "pytest", *off, *arguments]

    def run(self, *arguments, lean=LEAN, readiness=True, report=None, **environment):
        asked = ["--readiness"] if readiness else []
        done = subprocess.run(
            self.command(*asked, *arguments, lean=lean),
            cwd=self.path,
            env=clean_environment() | environment,
            capture_output=True,
            text=True,
            errors="backslashreplace",
            timeout=120,
            check=False,
        )
        return Run(done.returncode, done.stdout + done.stderr, report or self.report)

    def readiness(self, *arguments):
        """Run the companion command."""
        code = "import sys; from pytest_readiness.cli import main; sys.exit(main())"
        return subprocess.run(
            [sys.executable, "-c", code, *arguments],
            cwd=self.path,
            env=clean_environment(),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )


def clean_environment():
    """An xdist worker tells every process below it that it is one."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
