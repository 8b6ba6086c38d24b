"""Which images in an entry are those of a row."""

import random
from dataclasses import replace

import pytest

from pytest_readiness.evidence.audit import Attempt, Log, LogColumns
from pytest_readiness.judges.audit.images import same
from pytest_readiness.judges.audit.log_attacks import (
    columns_told,
    foremost,
    images_of,
    may_be_told,
    told_there,
    untold,
)
from relations import column, relation

CARDS = relation("public.cards", column("id", "integer"), column("code", "text"))
LOG = Log("public.audit", LogColumns(table="of", row="row_id", old="was", new="is"), "")
STORED = {"id": 1, "code": "4711-4711"}


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        ({"of": "cards", "is": STORED}, True),
        ({"of": "cards", "is": {"code": "4711-4711"}, "row_id": "1"}, True),
        ({"of": "cards", "is": {"id": 2, "code": "4711-4711"}}, False),
        ({"of": "tickets", "is": STORED}, False),
        ({"of": "cards", "is": {**STORED, "title": "a ticket"}}, False),
    ],
    ids=["the row", "a part of it", "another row", "another table", "another table's row"],
)
def test_only_the_rows_own_images_are_read(entry, shown):
    assert bool(list(images_of(entry, LOG, CARDS, STORED))) is shown


def test_an_entry_of_a_history_is_an_image_itself():
    history = replace(LOG, mirrored=True, columns=LogColumns())
    assert list(images_of({"n": 1, **STORED}, history, CARDS, STORED))
    assert not list(images_of({"n": 1, **STORED, "id": 2}, history, CARDS, STORED))


def test_what_is_shown_known_said_or_too_short_to_tell_is_not_learned():
    purses = relation("public.purses", *(column(name) for name in ("id", "tag", "cents", "note", "kind")))
    purses = replace(purses, primary_key=("id",))
    image = {
        "id": 4815162,
        "tag": "alice",
        "cents": 4815163,
        "note": "secret",
        "kind": "eur",
        "other": "12345",
    }
    assert untold([image], purses, (), (), "") == ("tag", "cents", "note")
    assert untold([image], purses, ("note",), {"4815163"}, "select give('alice', 1)") == ()
    assert untold([image, {**image, "cents": 7}], purses, ("tag", "note"), ("7",), "") == ()
    assert untold([{**image, "cents": None, "note": True}], purses, ("tag",), (), "") == ()


PURSES = replace(
    relation("public.purses", column("id", "integer"), column("note", "text"), column("cents", "numeric")),
    primary_key=("id",),
)
PURSE = {"id": 7, "note": "a secret note", "cents": 481500}


@pytest.mark.parametrize(
    ("row", "told"),
    [
        ({"was": "a secret note"}, ["note"]),
        ({"doc": {"old": [{"note": "a secret note"}]}}, ["note"]),
        ({"line": "it was: a secret note."}, ["note"]),
        ({"id": 7, "was": 481500}, ["cents"]),
        ({"id": "7", "was": "481500.00"}, ["cents"]),
        ({"was": 481500}, []),
        ({"id": 8, "was": 481500}, []),
        ({"was": "another note"}, []),
    ],
)
def test_a_text_tells_by_itself_and_a_number_beside_the_key(row, told):
    assert columns_told([row], [PURSE], {}, PURSES, ()) == told


def test_what_the_row_still_holds_or_the_reader_knows_is_not_told():
    row = {"was": "a secret note"}
    assert columns_told([row], [PURSE], PURSE, PURSES, ()) == []
    assert columns_told([row], [PURSE], {}, PURSES, {"note"}) == []
    same = {**PURSE, "cents": "a secret note"}
    assert columns_told([row], [same], {}, PURSES, {"cents"}) == []
    assert told_there([{"id": 7, "note": "x"}], PURSE, PURSES, alike=True) == {"id", "note"}
    assert told_there([{"id": 8, "note": "x"}], PURSE, PURSES, alike=True) == set()
    assert told_there([{"title": "a secret note"}], PURSE, PURSES, alike=False) == {"note"}


@pytest.mark.parametrize(
    ("past", "may"),
    [
        ([PURSE], True),
        ([{"id": 7, "note": "short", "cents": None}], False),
        ([{"id": 7, "note": "2026-01-01 10:00:00", "cents": True}], False),
        ([], False),
    ],
)
def test_what_is_short_or_a_time_is_not_known_again(past, may):
    assert may_be_told(past, PURSES, ()) is may


@pytest.mark.parametrize(
    ("attempts", "which"),
    [
        ([(False, True), (False, False)], 0),
        ([(False, False), (False, True)], 1),
        ([(True, True), (False, True), (False, False)], 0),
        ([(False, True), (True, True)], 1),
        ([(False, False), (False, False)], 0),
    ],
)
def test_a_leak_tells_more_than_an_attempt_and_that_more_than_none(attempts, which):
    made = [
        Attempt("", "bob", done, "", str(n), tried=tried, place="public.past")
        for n, (done, tried) in enumerate(attempts)
    ]
    other = replace(made[0], place="public.other")
    assert foremost([*made, other]) == [made[which], other]


TWICE = replace(
    relation(
        "public.twice",
        *(column(name, "integer") for name in ("id", "part")),
        *(column(name, "text") for name in ("note", "tags", "cents", "flag")),
    ),
    primary_key=("id", "part"),
)
HELD = (None, True, 1, 1.0, 7, 481500, "short", "a secret note", "another note", ["a secret note", 7])
HELD += ({"of": {"note": "another note"}}, "2026-01-01 10:00:00", [], "481500.00")


def plainly(rows, past, now, known):
    """Say what is told by the definition: some row shows some past value, if a number by some image's key."""
    elsewhere = [image.get(name) for image in past for name in {*known, "id", "part"}]
    return [
        name
        for name in ("note", "tags", "cents", "flag")
        if name not in known
        and any(
            image[name] not in (None, now.get(name), *elsewhere) and shows(row, image[name], keyed)
            for row in rows
            for image in past
            for keyed in past
        )
    ]


def shows(row, held, image):
    parts = [one for value in row.values() for one in leaves(value)]
    texts = [one for one in leaves(held) if isinstance(one, str) and len(one) >= 8 and one[:5] != "2026-"]
    if texts:
        return any(text in str(one) for text in texts for one in parts)
    number = isinstance(held, int | float) and not isinstance(held, bool)
    return number and all(any(same(one, v) for one in parts) for v in (image["id"], image["part"], held))


def leaves(held):
    if isinstance(held, dict | list):
        return [one for part in (held.values() if isinstance(held, dict) else held) for one in leaves(part)]
    return [held]


def test_what_is_told_is_told_by_some_row_of_some_value():
    drawn = random.Random(4815162342)  # noqa: S311  values to compare, no secrets
    some = set()
    for _ in range(3000):
        past, rows = (
            [{c.name: drawn.choice(HELD) for c in TWICE.columns} for _ in range(drawn.randint(0, 3))]
            for _ in range(2)
        )
        now = drawn.choice([{}, *past])
        known = set(drawn.sample(("note", "tags", "cents", "flag"), drawn.randint(0, 2)))
        told = columns_told(rows, past, now, TWICE, known)
        assert told == plainly(rows, past, now, known)
        some.add(tuple(told))
    assert len(some) > 8
