"""What the words of a statement tell about how it runs."""

import pytest

from pytest_readiness.judges.statements import keeps_index

MAKE = "create unique index concurrently if not exists {} on public.payments (kind)"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (MAKE.format('"Kind"'), "Kind"),
        (MAKE.format("Kind"), "kind"),
        ("create index concurrently kind on public.payments (kind)", ""),
        ("create index if not exists kind on public.payments (kind)", ""),
    ],
    ids=["quoted", "folded", "not passed over", "in one go"],
)
def test_an_index_that_may_stay_unusable_has_its_name_as_the_catalog_has_it(text, name):
    assert keeps_index(text) == name
