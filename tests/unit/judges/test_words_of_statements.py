"""What the words of a statement tell about how it runs."""

import pytest

from pytest_readiness.judges.statements import passes_over_invalid

MAKE = 'create unique index concurrently if not exists "Kind" on public.payments (kind)'


@pytest.mark.parametrize(
    ("texts", "name"),
    [
        ([MAKE], '"Kind"'),
        (["drop index concurrently if exists public.other", MAKE], '"Kind"'),
        ([MAKE, 'drop index "Kind"'], '"Kind"'),
        (['drop index if exists a, public."Kind" cascade', MAKE], ""),
        (["create index concurrently kind on public.payments (kind)"], ""),
        (["create index if not exists kind on public.payments (kind)"], ""),
    ],
    ids=["alone", "another dropped", "dropped afterwards", "dropped before", "not passed over", "in one go"],
)
def test_only_what_was_dropped_before_is_made_whole_by_a_second_run(texts, name):
    assert passes_over_invalid(texts) == name
