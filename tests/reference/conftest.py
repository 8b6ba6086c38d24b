"""A target is built for each mutant."""

from dataclasses import replace
from pathlib import Path

import pytest

import readiness_reference
from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.run.evaluate import evaluate
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import load
from pytest_readiness.target.build import build, project_files
from pytest_readiness.target.target import Target


@pytest.fixture(scope="session")
def judge(server, tmp_path_factory):
    """Build the reference system, with a mutant as its last migration, and judge it."""
    settings = load(readiness_reference.ROOT, readiness_reference.ROOT)
    files = project_files(settings)
    checks = {declared.spec.id: declared for declared in read_catalogue(settings).checks}
    count = iter(range(1000))

    def run(mutant: Path | None, ids):
        directory = tmp_path_factory.mktemp("run")
        mutated = replace(files, migrations=(*files.migrations, *([mutant] if mutant else [])))
        built = build(settings, mutated, server, f"reference{next(count)}")
        with Target(settings, built, directory, seed=0) as target:
            store = open_store(target, directory)
            return {name: evaluate(checks[name], target, store) for name in ids if name in checks}

    return run
