"""What tests of trials stand on."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.trials import TrialEvidence
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.target.build import Files, build, discard
from pytest_readiness.target.target import Target

TABLE = "create table public.notes (id int primary key, body text);"


@pytest.fixture
def trial(server, tmp_path):
    def try_last(*changes, applies=True, profile="postgres"):
        paths = tuple(tmp_path / f"{number}_change.sql" for number in range(1, len(changes) + 2))
        for path, text in zip(paths, (TABLE, *changes), strict=True):
            path.write_text(text)
        settings = replace(Settings(), profile=profile, root=tmp_path)
        built = build(settings, Files((), paths, ()), server, f"trial{abs(hash(changes)) % 10**9}")
        assert applies != any(m.failure for m in built.migrations.migrations)
        directory = tmp_path / "run"
        directory.mkdir()
        with Target(settings, built, directory, seed=0) as target:
            tried = open_store(target, directory).get(TrialEvidence).trials[-1]
        discard(built, server)
        return tried

    return try_last
