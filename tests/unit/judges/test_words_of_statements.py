"""What the words of a statement tell about how it runs."""

import pytest

from pytest_readiness.judges.sql.statements import keeps_index

MAKE = "create unique index concurrently if not exists {} on {} (kind)"


@pytest.mark.parametrize(
    ("text", "index"),
    [
        (MAKE.format('"Kind"', 'App."Pay.ments"'), ("Kind", "app", "Pay.ments")),
        (MAKE.format("Kind", "only Payments"), ("kind", "", "payments")),
        ("create index concurrently kind on public.payments (kind)", None),
        ("create index if not exists kind on public.payments (kind)", None),
    ],
    ids=["quoted", "folded", "not passed over", "in one go"],
)
def test_an_index_that_may_stay_unusable_has_its_name_as_the_catalog_has_it(text, index):
    assert keeps_index(text) == index
