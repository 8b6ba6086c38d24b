"""HEA005 on probes made by hand."""

import pytest

from readiness_checks.health.probes_cost_little import probes_cost_little as check


@pytest.mark.parametrize(
    ("opened", "expected"), [(0, "passed"), (2, "passed"), (40, "passed"), (41, "failed"), (80, "failed")]
)
def test_many_probes_share_a_round(verdict, probe, opened, expected):
    assert verdict(check, probe(), stampede=(40, opened)) == expected


@pytest.mark.parametrize(("after", "expected"), [(2, "passed"), (5, "passed"), (6, "failed")])
def test_failures_leave_no_connections(verdict, probe, after, expected):
    assert verdict(check, probe(), connections=(2, after)) == expected


@pytest.mark.parametrize(
    ("abandoned", "expected"),
    [
        ({}, "passed"),
        ({"database": (6, 1)}, "passed"),  # one round for all who ask
        ({"database": (6, 5)}, "passed"),  # a pool with an end
        ({"database": (6, 6)}, "failed"),
        ({"database": (6, 0), "redis": (6, 12)}, "failed"),
    ],
)
def test_a_probe_that_is_given_up_leaves_nobody_who_waits_for_good(verdict, probe, abandoned, expected):
    assert verdict(check, probe(), abandoned=abandoned) == expected
