"""Builds the schema of a case, and says what the checks of an area find in it."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.target.build import Files, build
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Severity, Status

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.providers.postgres import PostgresServer

FOLDER = Path(__file__).parents[2] / "fixtures" / "cases"
SETTINGS = replace(Settings(), profile="postgres", root=FOLDER, migrations_as="superuser")
Found = set[tuple[str, str]]


def judge_of(server: PostgresServer, root: Path, area: str) -> Callable[..., tuple[Found, Found]]:
    """Return what builds schemas, one after another, and returns what fails, and what of that is above info."""
    checks = [declared for declared in read_catalogue(Settings()).checks if declared.area == area]
    serial = itertools.count()
    clear(server)

    def judge(*paths: Path, applies: bool = True) -> tuple[Found, Found]:
        number = next(serial)
        built = build(SETTINGS, Files((), paths, ()), server, f"case{area}{number}")
        assert applies != any(m.failure for m in built.migrations.migrations)
        directory = root / str(number)
        directory.mkdir()
        failed = {}
        with Target(SETTINGS, built, directory, seed=0) as target:
            store = open_store(target, directory)
            for declared in checks:
                for finding in evaluate(declared, target, store).findings:
                    if finding.status is Status.FAILED:
                        failed[declared.spec.id, finding.subject] = declared.spec.severity
        clear(server)
        return {*failed}, {place for place, severity in failed.items() if severity is not Severity.INFO}

    return judge


def clear(server: PostgresServer) -> None:
    """Drop what a case left, its roles last."""
    with psycopg.connect(server.admin, autocommit=True) as admin:
        for (name,) in admin.execute(
            "select datname from pg_database where starts_with(datname, 'readiness_case')"
        ).fetchall():
            admin.execute(f'alter database "{name}" is_template false')
            admin.execute(f'drop database "{name}" with (force)')
        for (role,) in admin.execute(
            "select rolname from pg_roles where not starts_with(rolname, 'pg_') and rolname <> current_user"
        ).fetchall():
            admin.execute(f'drop role "{role}"')
