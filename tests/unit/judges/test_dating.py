"""The time of an entry is the server's, whatever a writer says; what happened when may stand beside it."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import Dating
from pytest_readiness.judges.audit.dating import misdated
from trails import LOG, TABLE

NOW, FAR = "2026-03-01T12:00:00.5+00:00", "1987-06-05 04:03:02+00"
SAID = "1987-06-05T06:03:02+02:00"


def dating(*entries, times=("at", "happened")):
    told = tuple({"table_name": "payments", **entry} for entry in entries)
    return Dating("UPDATE", "paid_at", "alice", FAR, NOW, times, told)


@pytest.mark.parametrize(
    ("entry", "false"),
    [
        ({"at": SAID}, "at"),
        ({"happened": "1987-06-05"}, "happened"),
        ({"at": "2026-03-01T11:59:00+00:00", "happened": SAID}, ""),
        ({"at": "2026-03-01", "happened": SAID}, ""),
        ({"at": "2026-03-01T11:59:00+00:00", "happened": "infinity"}, ""),
        ({"at": "2026-01-01T00:00:00+00:00"}, ""),
        ({"at": None}, ""),
        ({"at": SAID, "table_name": "others"}, ""),
    ],
    ids=["said", "a day", "both", "both by day", "no end", "another false time", "none", "another table"],
)
def test_an_entry_needs_a_time_of_the_server(entry, false):
    assert misdated(TABLE, dating(entry)) == false


def test_a_copy_of_the_row_in_a_history_table_has_the_times_of_the_row():
    history = replace(LOG, mirrored=True)
    row = {"id": 1, "at": SAID}
    written = replace(TABLE.writes[0], before=row, after=row)
    table = replace(TABLE, log=history, writes=(written,))
    assert misdated(table, dating({"at": SAID})) == ""
    assert misdated(table, dating({"happened": SAID})) == "happened"


@pytest.mark.parametrize(
    ("name", "false"),
    [("starts_at", ""), ("at", "at"), ("noted", "noted")],
    ids=["what the row says", "when it was recorded", "a name of the log's own"],
)
def test_what_an_entry_copies_from_the_row_is_told_of_where_it_is_the_time_of_recording(name, false):
    row = {"id": 1, "starts_at": SAID, "at": SAID}
    table = replace(TABLE, writes=(replace(TABLE.writes[0], before=row, after=row),))
    assert misdated(table, dating({name: SAID}, times=(name,))) == false


def test_a_column_of_the_log_that_the_row_has_too_may_hold_the_time_of_recording():
    row = {"id": 1, "updated_at": SAID}
    table = replace(TABLE, writes=(replace(TABLE.writes[0], before=row, after=row),))
    entry = {"updated_at": NOW, "noted": SAID}
    assert misdated(table, dating(entry, times=("updated_at", "noted"))) == ""
