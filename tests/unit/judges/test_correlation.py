"""Which values of entries belong together, and where code asks for the request."""

import pytest

from pytest_readiness.judges.audit.correlation import (
    asks_elsewhere,
    column_texts,
    drawn_apart,
    tells_the_connection,
)
from relations import catalog, column, relation


@pytest.mark.parametrize(
    ("said", "apart"),
    [
        (["a", "b"], True),
        ([1, 2], True),
        ([["a"], ["b"]], True),
        (["a", "a"], False),
        (["a", None], False),
        (["a", ""], False),
        ([None, None], False),
        (["1", "2"], True),
        (["row-1", "a"], False),
        (["of row-1-of-many", "a"], False),
        (["req-the mark", "a"], False),
    ],
)
def test_what_differs_and_came_from_nowhere_was_drawn(said, apart):
    assert drawn_apart(said, ("the mark", "row-1", "row-1-of-many", "12")) is apart


@pytest.mark.parametrize(
    ("text", "elsewhere"),
    [
        ("select current_setting(v_name, true)", True),
        ("select c.id from audit.request_context c", True),
        ("select id from current_txn limit 1", True),
        ("select current_setting('app.request_id', true)", False),
        ("select * from jsonb_each(n) join public.orders o on true", False),
    ],
)
def test_code_may_ask_for_the_request_where_nobody_told_of_it(text, elsewhere):
    assert asks_elsewhere(text) is elsewhere


def test_what_a_column_holds_by_default_is_read():
    log = relation("public.log", column("trace_id", default="gen_random_uuid()"))
    assert [*column_texts(catalog(log), log, "trace_id")] == ["gen_random_uuid()"]
    assert not [*column_texts(catalog(log), log, "other")]


@pytest.mark.parametrize(
    ("served", "tells"),
    [
        (("7", "7", "8"), True),
        (("7", "7", "7"), False),
        (("7", "8", "9"), False),
        ((None, None, None), False),
        (("7", "7", None), False),
        (("", "", "8"), False),
    ],
)
def test_what_two_requests_share_and_another_connection_has_not_tells_the_connection(served, tells):
    assert tells_the_connection(*served) is tells
