"""A row says of itself that it is not published, by a switch, a time or a word that no date and no state is."""

from dataclasses import replace

import pytest

from pytest_readiness.judges.purpose.drafts import unpublishing
from relations import column


@pytest.mark.parametrize(
    ("name", "kind", "known", "values"),
    [
        ("published", "boolean", (), ["false"]),
        ("is_public", "boolean", (), ["false"]),
        ("isPublished", "boolean", (), ["false"]),
        ("is_draft", "boolean", (), ["true"]),
        ("active", "boolean", (), []),
        ("published_at", "timestamp with time zone", (), [None]),
        ("published_on", "date", (), []),
        ("released_at", "timestamp with time zone", (), []),
        ("state", "text", ("draft", "published"), ["draft"]),
        ("state", "text", ("draft", "sent"), []),
        ("state", "text", (), []),
    ],
)
def test_values_of_a_row_that_is_not_published(name, kind, known, values):
    assert [*unpublishing(replace(column(name), type=kind, not_null=False), known)] == values


def test_a_time_that_every_row_has_says_when_it_was_made():
    made = replace(column("published_at"), type="timestamp with time zone", not_null=True)
    assert not [*unpublishing(made, ())]
