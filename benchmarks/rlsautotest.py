"""The public tool to compare with, in an environment of its own: rlsautotest 0.7.1 (Apache-2.0)."""

from __future__ import annotations

import os
import subprocess
import sys
import venv
from typing import TYPE_CHECKING

from benchmarks.projects import ROOT
from benchmarks.rounds import run

if TYPE_CHECKING:
    from pathlib import Path

    import psycopg

VERSION = "0.7.1"

_REAL_ONLY = """
create function public.bench_no_stand_in() returns event_trigger language plpgsql as
    $$ begin raise 'the server has a stand-in for it, which asserts nothing'; end $$;
create event trigger bench_no_stand_in on ddl_command_start when tag in ('CREATE EXTENSION')
    execute function public.bench_no_stand_in()
"""
"""Without pgTAP the tool brings assertions of its own; our stand-in would keep it from doing so."""


def install() -> Path:
    """Return its command; install it if it is not there yet."""
    folder = ROOT / ".venv-rlsautotest"
    command = folder / "bin" / "rlsautotest"
    if not command.exists():
        venv.create(folder, with_pip=True)
        pip = [
            str(folder / "bin" / "python"),
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
        ]
        subprocess.run([*pip, f"rlsautotest=={VERSION}"], check=True, stdout=sys.stderr)
    return command


def report(command: Path, database: psycopg.Connection, conninfo: str, tables: int) -> float:
    """Let it judge the public schema of a database; return seconds.

    Raises:
        RuntimeError: It did not judge every table, or asserted nothing.
    """
    database.execute(_REAL_ONLY)
    arguments = ["--schema", "public", "--report", "--no-fail", "--db-url", conninfo]
    done = run([command, *arguments], ROOT, {name: os.environ[name] for name in ("PATH", "HOME")})
    judged = done.output.count("[RLS on]")
    if judged != tables or "NO pgTAP output" in done.output:
        raise RuntimeError(f"rlsautotest judged {judged} of {tables} tables:\n{done.output[:2000]}")
    return done.wall
