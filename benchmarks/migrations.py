"""All trials of a history of 100 files, beside applying it once with psql: `make bench-migrations`."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg
from benchmarks.rounds import interleaved, line

from pytest_readiness.evidence.trials import TrialEvidence
from pytest_readiness.providers.postgres import start
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.target.build import Files, build, discard
from pytest_readiness.target.target import Target

if TYPE_CHECKING:
    from collections.abc import Sequence

FILES, ROUNDS, TIMES_PSQL = 100, 3, 4

_TABLE = """
create table public.t{n} (
    id bigint generated always as identity primary key,
    owner uuid not null,
    amount numeric(18, 2) not null check (amount > 0),
    state text not null default 'new' check (state in ('new', 'done')),
    made_at timestamptz not null default now()
);
create index t{n}_owner on public.t{n} (owner);
alter table public.t{n} enable row level security;
create policy own on public.t{n} using (owner = nullif(current_setting('app.user_id', true), '')::uuid);
"""
_LATER = (
    "alter table public.t{n} add column note text;\ncomment on column public.t{n}.note is 'Free text.';",
    """
create function public.f{n}(wanted uuid) returns numeric language plpgsql stable as $$
begin
    return (select sum(amount) from public.t{n} where owner = wanted);
end $$;
""",
    """
alter table public.t{n} add constraint small check (amount < 1e9) not valid;
update public.t{n} set state = 'done' where amount > 100;
""",
)


def history(folder: Path) -> tuple[Path, ...]:
    """Write the files: each fourth makes a table, and the three after it change it."""
    paths = []
    for number in range(FILES):
        text = _TABLE if number % 4 == 0 else _LATER[number % 4 - 1]
        path = folder / f"{number + 1:04}_step.sql"
        path.write_text(text.replace("{n}", str(number // 4)))
        paths.append(path)
    return tuple(paths)


def _psql() -> str:
    """Return psql itself: distributions put a script before it that takes longer than it does."""
    config = shutil.which("pg_config")
    folder = (
        subprocess.run([config, "--bindir"], capture_output=True, text=True, check=True) if config else None
    )
    program = shutil.which("psql", path=folder.stdout.strip()) if folder else None
    found = program or shutil.which("psql")
    if found is None:
        raise RuntimeError("there is no psql on the path to compare with")
    return found


def main() -> None:
    """Print the medians and their ratio."""
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as name:
        folder = Path(name)
        files = history(folder)
        server = start("embedded", run_id="bench")
        settings = replace(Settings(), profile="postgres", root=folder)
        serial = iter(range(1000))

        def psql(each: Sequence[Sequence[Path]]) -> float:
            database = f"once{next(serial)}"
            with psycopg.connect(server.admin, autocommit=True) as admin:
                admin.execute(f"create database {database}".encode())
            started = time.perf_counter()
            for paths in each:
                command = [_psql(), "-X", "-q", "-1", "-v", "ON_ERROR_STOP=1"]
                named = [word for path in paths for word in ("-f", str(path))]
                subprocess.run([*command, *named, server.conninfo(database=database)], check=True)
            return time.perf_counter() - started

        def trials() -> float:
            built = build(settings, Files((), files, ()), server, f"bench{next(serial)}")
            directory = Path(tempfile.mkdtemp(dir=folder))
            with Target(settings, built, directory, seed=0) as target:
                store = open_store(target, directory)
                started = time.perf_counter()
                found = store.get(TrialEvidence)
                seconds = time.perf_counter() - started
            assert len(found.trials) == FILES
            assert not any(trial.untried for trial in found.trials)
            discard(built, server)
            return seconds

        try:
            once, whole, tried = interleaved(
                ROUNDS, lambda: psql([[path] for path in files]), lambda: psql([files]), trials
            )
        finally:
            server.stop()
    print(line(f"{FILES} files, applied once, a psql for each", None, once, "s"))
    print(line(f"{FILES} files, applied once by one psql", None, whole, "s"))
    print(line(f"{FILES} files, all trials of them", None, tried, "s"))
    ratios = [one / other for one, other in zip(tried, once, strict=True)]
    print(line("all trials, to applying once, a psql for each", TIMES_PSQL, ratios, "x"))
    ratios = [one / other for one, other in zip(tried, whole, strict=True)]
    print(line("all trials, to applying once by one psql", None, ratios, "x"))


if __name__ == "__main__":
    main()
