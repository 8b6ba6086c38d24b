"""What differs by the time, by what is drawn, or by itself is no count."""

from dataclasses import replace

import pytest

from pytest_readiness.gather.attacks.inferring.kept_counts import added, is_count, tells_apart
from relations import column, relation


def test_a_number_more_is_told_also_where_another_row_has_the_same():
    assert added(["0", "1"], ["1", "1"], ["1", "0"]) == ["1"]


def test_what_differs_by_itself_tells_nothing():
    assert added(["0"], ["1"], ["2"]) == []
    assert added(["0"], ["0"], ["0"]) == []


@pytest.mark.parametrize(
    ("one", "counts"),
    [
        (column("uses", "integer", default="0"), True),
        (column("weight", "numeric(10,2)", default="(0)::numeric(10,2)"), True),
        (column("used_last", "timestamp with time zone"), False),
        (column("number", "bigint", default="nextval('n'::regclass)"), False),
        (column("since", "bigint", default="(EXTRACT(epoch FROM now()))::bigint"), False),
        (replace(column("number", "bigint"), identity=True), False),
        (column("id", "bigint"), False),
        (column("note", "text"), False),
    ],
)
def test_a_count_is_a_number_that_nothing_else_makes(one, counts):
    assert is_count(relation("public.words", column("id"), one), one) is counts


@pytest.mark.parametrize(
    ("kind", "default", "tells"),
    [("text", "", True), ("uuid", "gen_random_uuid()", False), ("date", "", False)],
)
def test_rows_are_told_apart_by_a_key_that_is_not_drawn(kind, default, tells):
    key = column("id", kind, default=default)
    assert tells_apart(relation("public.words", key), key) is tells
