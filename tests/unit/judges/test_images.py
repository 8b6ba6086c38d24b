"""When two values are the same."""

import pytest

from pytest_readiness.judges.audit.images import same


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("2026-01-01 10:00:00+00", "2026-01-01T10:00:00+00:00"),
        ("2026-01-01 12:00:00.25+02", "2026-01-01T10:00:00.25+00:00"),
        ("2026-01-01 10:00:00", "2026-01-01T10:00:00"),
        ("t", True),
        ("10.50", 10.5),
        ('{a,"b c",NULL,"NULL","q\\""}', ["a", "b c", None, "NULL", 'q"']),
        ("{}", []),
        ('{"k": 1, "id": null}', {"id": None, "k": 1}),
    ],
)
def test_the_server_spells_values_as_texts(text, held):
    assert same(text, held)
    assert same(held, text)


@pytest.mark.parametrize(
    ("text", "held"),
    [
        ("2026-01-01 10:00:00+01", "2026-01-01T10:00:00+00:00"),
        ("2026-01-01 10:00:00", "2026-01-01T10:00:00+00:00"),
        ("2026-01-01 10:00:00+00", "2026-01-01T10:00:00.5+00:00"),
        ("2026-01-01", "2026-01-01T10:00:00+00:00"),
        ("{a}", ["a", "b"]),
        ("{NULL}", ["NULL"]),
        ('{"k": 2}', {"k": 1}),
        ("t", 1),
    ],
)
def test_what_is_another_value_is_not_the_same(text, held):
    assert not same(text, held)
