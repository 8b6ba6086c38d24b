"""Versions of a row in a table with the same columns."""

import pytest

from pytest_readiness.evidence.audit import Write
from pytest_readiness.judges.audit.history_rows import holds, mirrored, period_of

SINCE, THEN = "2026-01-01T10:00:00+00:00", "2026-01-02T10:00:00+00:00"
OPEN, CLOSED = f'["{SINCE}",)', f'["{SINCE}","{THEN}")'


@pytest.mark.parametrize(
    ("column", "row", "version", "held"),
    [
        ("lasting", OPEN, CLOSED, True),
        ("lasting", OPEN, f'["{THEN}",)', False),
        ("lasting", CLOSED, f'["{SINCE}","2026-01-03 10:00:00+00")', False),
        ("lasting", "[1,)", "[1,5)", False),
        ("valid_to", "infinity", THEN, True),
        ("valid_to", "9999-12-31T00:00:00", THEN, True),
        ("valid_to", None, THEN, True),
        ("paid_at", None, THEN, False),
        ("valid_to", SINCE, THEN, False),
        ("memo", "infinity", "and beyond", False),
    ],
)
def test_only_the_time_of_a_version_may_have_ended(column, row, version, held):
    assert holds({"id": 1, column: version}, {"id": 1, column: row}) is held


@pytest.mark.parametrize(
    ("entry", "told"),
    [
        ({"id": 1, "memo": "rent"}, True),
        ({"id": 1, "old_memo": "rent"}, True),
        ({"id": 1, "by": "bob"}, False),
    ],
)
def test_what_changed_has_a_place_in_a_version(entry, told):
    before, after = {"id": 1, "memo": "rent"}, {"id": 1, "memo": "gift"}
    write = Write("UPDATE", "memo", "bob", before, after, (entry,))
    assert bool(list(mirrored([entry], write))) is not told


def test_the_period_of_versions_is_what_differs_most():
    entries = [{"born": SINCE, "lasting": OPEN}, {"born": SINCE, "lasting": CLOSED}]
    assert period_of(entries) == "lasting"
    assert period_of([{"id": 1}]) == ""
