"""Trials of migrations on a real server: what was watched, and what was not."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.trials import TrialEvidence
from pytest_readiness.run.prepare import open_store
from pytest_readiness.settings import Settings
from pytest_readiness.target.build import Files, build
from pytest_readiness.target.target import Target

TABLE = "create table public.notes (id int primary key, body text);"


@pytest.fixture
def trial(server, tmp_path):
    def try_last(sql):
        paths = (tmp_path / "1_table.sql", tmp_path / "2_change.sql")
        for path, text in zip(paths, (TABLE, sql), strict=True):
            path.write_text(text)
        settings = replace(Settings(), profile="postgres", root=tmp_path)
        built = build(settings, Files((), paths, ()), server, f"trial{abs(hash(sql)) % 10**9}")
        assert not [m.failure for m in built.migrations.migrations if m.failure]
        directory = tmp_path / "run"
        directory.mkdir()
        with Target(settings, built, directory, seed=0) as target:
            return open_store(target, directory).get(TrialEvidence).trials[-1]

    return try_last


@pytest.mark.parametrize(
    ("sql", "watched"),
    [
        ("alter table public.notes add column title text;", True),
        ("begin; alter table public.notes add column title text; commit;", True),
        ("create index concurrently notes_body on public.notes (body);", True),
        ("alter table public.notes add a int; commit; alter table public.notes add b int;", False),
    ],
    ids=["one transaction", "which it begins itself", "none", "two"],
)
def test_what_ends_transactions_itself_was_watched_by_nobody(trial, sql, watched):
    tried = trial(sql)
    assert not tried.untried
    assert bool(tried.unwatched) is not watched
