"""Migrations read by squawk, and what becomes of a reader that is missing or broken."""

import sys

import pytest

from pytest_readiness.gather import review as reading
from pytest_readiness.gather.store import EvidenceError
from systems import by_subject, judged, system

DROPS = "create table t (id bigint primary key, old text);", "alter table t\n  drop column old;"


def test_a_dropped_column_is_remarked_with_its_line(server, tmp_path):
    with system(server, tmp_path, *DROPS, profile="postgres") as target:
        found = by_subject(judged(target, "MIG014"))
    assert found["ban-drop-column"].status.value == "failed"
    assert ".sql, line 2" in found["ban-drop-column"].detail


def test_a_migration_that_breaks_no_client_is_passed(server, tmp_path):
    with system(server, tmp_path, DROPS[0], profile="postgres") as target:
        assert {f.status.value for f in judged(target, "MIG014").findings} == {"passed"}


def test_without_the_reader_nothing_is_judged(server, tmp_path, monkeypatch):
    monkeypatch.setattr(reading, "_reader", lambda: None)
    with system(server, tmp_path, *DROPS, profile="postgres") as target:
        assert "pip install 'pytest-readiness[static]'" in judged(target, "MIG014").absent


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("print('no json')", "is no report"),
        ("print('[1]')", "is no report"),
        ("import os; os._exit(70)", "ended with 70"),
        ("import os; os.abort()", "ended with -6"),
    ],
)
def test_a_reader_that_breaks_is_told(tmp_path, source, said):
    with pytest.raises(EvidenceError, match=said):
        reading.remarks(reading._run([sys.executable, "-c", source], tmp_path))
