"""All audit checks on ten audited tables, from nothing gathered: `make bench-audit`."""

from __future__ import annotations

import tempfile
import time
from dataclasses import replace
from pathlib import Path

from benchmarks.rounds import interleaved, line

from pytest_readiness import Status
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.population import Population
from pytest_readiness.providers.postgres import start
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.target.build import Files, build, discard
from pytest_readiness.target.target import Target

TABLES, ROUNDS, SECONDS = 10, 5, 2

_TRAIL = """
create table public.audit_log (
    id bigint generated always as identity primary key,
    at timestamptz not null default clock_timestamp(),
    table_name text not null,
    operation text not null,
    row_id text,
    actor_id uuid,
    old_data jsonb,
    new_data jsonb
);
alter table public.audit_log enable row level security;
revoke all on public.audit_log from anon, authenticated, service_role;
grant select on public.audit_log to service_role;
create function public.record() returns trigger language plpgsql security definer set search_path = '' as $$
declare
    o jsonb := case when tg_level = 'ROW' and tg_op <> 'INSERT' then to_jsonb(old) end;
    n jsonb := case when tg_level = 'ROW' and tg_op <> 'DELETE' then to_jsonb(new) end;
begin
    insert into public.audit_log (table_name, operation, row_id, actor_id, old_data, new_data)
    values (tg_table_name, tg_op, coalesce(n, o) ->> 'id', auth.uid(), o, n);
    return null;
end $$;
"""
_TABLE = """
create table public.accounts_{n} (
    id bigint generated always as identity primary key,
    owner uuid not null references auth.users (id),
    balance numeric(18, 2) not null default 0 check (balance >= 0),
    currency text not null default 'EUR',
    state text not null default 'open' check (state in ('open', 'closed')),
    note text,
    opened_at timestamptz not null default now()
);
alter table public.accounts_{n} enable row level security;
create policy own on public.accounts_{n} using (owner = (select auth.uid()));
create trigger record after insert or update or delete on public.accounts_{n}
    for each row execute function public.record();
create trigger record_all after truncate on public.accounts_{n}
    for each statement execute function public.record();
"""


def schema(folder: Path) -> Path:
    """Write one file with the log and the tables that it tells of."""
    path = folder / "1_trail.sql"
    path.write_text(_TRAIL + "".join(_TABLE.replace("{n}", str(number)) for number in range(TABLES)))
    return path


def main() -> None:
    """Print what the checks took, with the catalog that they need read before and with it."""
    checks = [declared for declared in read_catalogue(Settings()).checks if declared.area == "audit"]
    with tempfile.TemporaryDirectory(prefix="readiness-bench-") as name:
        folder = Path(name)
        server = start("embedded", run_id="bench")
        settings = replace(Settings(), profile="supabase", root=folder)
        files = Files((), (schema(folder),), ())
        serial = iter(range(1000))

        def arm(*before: type) -> float:
            built = build(settings, files, server, f"bench{next(serial)}")
            directory = Path(tempfile.mkdtemp(dir=folder))
            with Target(settings, built, directory, seed=0) as target:
                store = open_store(target, directory)
                for kind in before:
                    store.get(kind)
                started = time.perf_counter()
                records = [evaluate(declared, target, store) for declared in checks]
                seconds = time.perf_counter() - started
            discard(built, server)
            unknown = [f for r in records for f in r.findings if f.status is Status.UNKNOWN]
            assert not unknown, unknown
            return seconds

        try:
            alone, after = interleaved(ROUNDS, arm, lambda: arm(CatalogEvidence, Population))
        finally:
            server.stop()
    print(line(f"{len(checks)} audit checks of {TABLES} tables, from nothing", SECONDS, alone, "s"))
    print(line("  where others have filled the tables before", SECONDS, after, "s"))


if __name__ == "__main__":
    main()
