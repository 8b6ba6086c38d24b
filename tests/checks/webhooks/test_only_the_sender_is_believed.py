"""WHK002 on deliveries made by hand."""

import pytest

from readiness_checks.webhooks.only_the_sender_is_believed import only_the_sender_is_believed as check


@pytest.mark.parametrize("group", ["unsigned", "altered"])
@pytest.mark.parametrize(
    ("acted", "status", "expected"),
    [(0, 401, "passed"), (0, 200, "passed"), (1, 200, "failed"), (1, 401, "failed"), (0, 500, "passed")],
)
def test_it_is_judged_by_the_effect_and_not_by_the_answer(verdict, group, acted, status, expected):
    assert verdict(check, group, acted=acted, statuses=(status,)) == expected


@pytest.mark.parametrize(("afterwards", "expected"), [(1, "passed"), (0, "unknown")])
def test_refusals_prove_nothing_where_nothing_acts_any_more(verdict, afterwards, expected):
    assert verdict(check, "unsigned", statuses=(0,), afterwards=afterwards) == expected


def test_refusals_prove_nothing_where_nothing_acts(verdict):
    assert verdict(check, "unsigned", broken="a genuine message did not act") == "unknown"
