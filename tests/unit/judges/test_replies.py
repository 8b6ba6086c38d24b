"""What a function says about two values, and what it says anew in each call."""

import pytest

from pytest_readiness.judges.sql.replies import told_apart

NEW = (
    "7005de57-1c93-458d-b8af-228fcfb420c7",
    "c20a489b-0bf5-4d7e-88b2-f4488ebff4e1",
    "0f6e0a7c-5a0a-4f38-8a0e-3f7f0f1d2b11",
)


@pytest.mark.parametrize(
    ("asked", "other", "again"),
    [
        (("true",), ("false",), ("false",)),
        (("row",), (), ()),
        (
            (f'{{"id": "{NEW[0]}", "known": true}}',),
            (f'{{"id": "{NEW[1]}", "known": false}}',),
            (f'{{"id": "{NEW[2]}", "known": false}}',),
        ),
        (("3 found",), ("0 found",), ("0 found",)),
    ],
    ids=["yes or no", "rows", "beside a new key", "a number"],
)
def test_what_follows_from_the_question_tells(asked, other, again):
    assert told_apart(asked, other, again)


@pytest.mark.parametrize(
    ("asked", "other", "again"),
    [
        (NEW[:1], NEW[1:2], NEW[2:]),
        (("17",), ("18",), ("19",)),
        (("pk_abc5131fd2",), ("pk_b9b1aab295",), ("pk_2295fcd4b8",)),
        ((f'{{"id": "{NEW[0]}", "label": "…"}}',), (f'{{"id": "{NEW[1]}", "label": "…"}}',), (f'{{"id": "{NEW[2]}", "label": "…"}}',)),
        (("2026-01-01T10:00:00.1+00:00",), ("2026-01-01T10:00:00.2+00:00",), ("2026-01-01T10:00:00.3+00:00",)),
        (("a b",), ("a b c d",), ("a",)),
        (("same",), ("same",), ("other",)),
    ],
    ids=["a new key", "the next number", "a token", "a row", "the time", "replies of any length", "chance"],
)  # fmt: skip
def test_what_each_call_makes_anew_tells_nothing(asked, other, again):
    assert not told_apart(asked, other, again)
