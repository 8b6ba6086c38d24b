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
    def try_last(*changes):
        paths = tuple(tmp_path / f"{number}_change.sql" for number in range(1, len(changes) + 2))
        for path, text in zip(paths, (TABLE, *changes), strict=True):
            path.write_text(text)
        settings = replace(Settings(), profile="postgres", root=tmp_path)
        built = build(settings, Files((), paths, ()), server, f"trial{abs(hash(changes)) % 10**9}")
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


@pytest.mark.parametrize(
    ("sql", "resumes"),
    [
        ("drop index concurrently if exists i; create index concurrently i on public.notes (body);", True),
        ("alter table public.notes add a int; create index concurrently i on public.notes (a);", False),
    ],
)
def test_a_file_of_single_statements_may_be_stopped_if_it_can_be_applied_again(trial, sql, resumes):
    tried = trial(sql)
    assert not tried.untried
    assert bool(tried.left) is not resumes


GUARDED = "alter table public.notes enable row level security; grant select on public.notes to public;"
ANEW = "create table n (like public.notes); drop table public.notes; alter table n rename to notes;"
GRANTED = "grant select on public.notes to public;"


def test_a_table_that_is_made_anew_without_its_row_security_is_told(trial):
    assert trial(GUARDED, ANEW + GRANTED).bared == (("public.notes", ("row security",)),)


@pytest.mark.parametrize("more", ["", "alter table public.notes enable row level security;" + GRANTED])
def test_what_nobody_gets_at_or_is_guarded_again_lost_nothing(trial, more):
    assert not trial(GUARDED, ANEW + more).bared
