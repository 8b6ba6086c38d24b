"""What a write takes away from a log, or merges."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import AuditedTable, Log, LogColumns, Write
from pytest_readiness.judges.audit.kept_entries import loss, rewritten

COLUMNS = LogColumns(table="tbl", operation="op", old="was", new="now")
TABLE = AuditedTable("public.seats", Log("public.log", COLUMNS, ""), "declared", ("id",), "", ())
ONE, TWO, THREE = ({"id": 1, "no": number} for number in (1, 2, 3))


def entry(op, was, now, **more):
    return {"tbl": "seats", "op": op, "was": was, "now": now, "closed": None, **more}


def update(*entries, lost=(), parts=()):
    return Write("UPDATE", "no", "b", ONE, TWO, entries, lost=lost, parts=parts)


FIRST = entry("INSERT", None, ONE)


def test_an_entry_that_another_takes_the_place_of_is_lost():
    told = loss(TABLE, update(entry("UPDATE", ONE, TWO), lost=(FIRST,)))
    assert told.startswith("wrote over an entry that was there")


@pytest.mark.parametrize("lost", [FIRST, {**FIRST, "tbl": "others"}])
def test_an_entry_that_is_closed_or_of_another_table_is_not(lost):
    closed = {**lost, "closed": "2026-01-01"}
    assert not loss(TABLE, update(closed, entry("UPDATE", ONE, TWO), lost=(lost,)))


def test_a_version_of_a_history_table_goes_on_when_it_is_closed():
    history = replace(TABLE, log=Log("public.seats_history", LogColumns(operation="op"), "", mirrored=True))
    open_, next_ = ({**row, "op": "UPDATE", "until": None} for row in (ONE, TWO))
    assert not loss(history, update({**open_, "until": 5}, next_, lost=(open_,)))
    assert loss(history, update(next_, lost=(open_,)))


@pytest.mark.parametrize(
    ("left", "said"),
    [
        ([entry("UPDATE", ONE, THREE)], "left 1 of the 2 entries that its statements leave one by one"),
        ([entry("UPDATE", ONE, TWO), entry("UPDATE", TWO, THREE)], ""),
        (
            [entry("UPDATE", ONE, THREE), entry("UPDATE", {}, {}, tbl="others")],
            "left 1 of the 2 entries that its statements leave one by one",
        ),
    ],
)
def test_two_changes_leave_what_each_leaves_alone(left, said):
    others = entry("UPDATE", {}, {}, tbl="others")
    parts = update(entry("UPDATE", ONE, TWO), others), update(entry("UPDATE", TWO, THREE), others)
    assert loss(TABLE, update(*left, parts=parts)) == said


@pytest.mark.parametrize(
    ("added", "gone"),
    [
        ([], True),
        ([{**FIRST, "closed": "now"}], False),
        ([{**FIRST, "now": TWO}], True),
        ([entry("UPDATE", ONE, TWO)], True),
    ],
    ids=["taken away", "marked", "written over", "another in its place"],
)
def test_an_entry_that_says_something_else_is_rewritten(added, gone):
    assert bool(rewritten(TABLE.log, [FIRST], added, {"id", "no"})) is gone


def test_a_closed_version_is_not_rewritten():
    history = Log("public.seats_history", LogColumns(at="since"), "", mirrored=True)
    version = {**ONE, "since": 1, "until": None}
    assert not rewritten(history, [version], [{**version, "until": 2}], {"id", "no"})
    assert rewritten(history, [version], [{**version, "no": 9}], {"id", "no"})


OTHER = {"id": 2, "no": 1}
OF_THE_OTHER = entry("INSERT", None, OTHER)


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        (OF_THE_OTHER, "changed an entry about another row"),
        (FIRST, ""),
        (entry("INSERT", None, {"id": 3, "no": 1}), ""),
    ],
    ids=["about the other", "about its own", "about neither"],
)
def test_a_write_to_one_row_leaves_entries_about_another_alone(lost, told):
    closed = {**lost, "closed": "2026-01-01"}
    write = replace(update(entry("UPDATE", ONE, TWO), closed, lost=(lost,)), beside=OTHER, mingled=True)
    assert loss(TABLE, write).startswith(told) if told else not loss(TABLE, write)
