"""HEA005 on probes made by hand."""

import pytest

from pytest_readiness.evidence.health import Abandoned
from readiness_checks.health.probes_cost_little import probes_cost_little as check


@pytest.mark.parametrize(
    ("opened", "expected"), [(0, "passed"), (2, "passed"), (20, "passed"), (21, "failed"), (40, "failed")]
)
def test_many_probes_share_a_round(verdict, probe, opened, expected):
    assert verdict(check, probe(), stampede=(40, opened)) == expected


def test_probes_at_once_of_which_none_was_answered_opened_nothing(verdict, probe):
    assert verdict(check, probe(), stampede=(0, 0)) == "unknown"


@pytest.mark.parametrize(("after", "expected"), [(2, "passed"), (5, "passed"), (6, "failed")])
def test_failures_leave_no_connections(verdict, probe, after, expected):
    assert verdict(check, probe(), connections=(2, after)) == expected


EACH, BOTH, AN_END = (1, 1, 1, 1), (2, 2, 2, 2), (2, 2, 0, 0)


@pytest.mark.parametrize(
    ("abandoned", "expected"),
    [
        ({}, "passed"),
        ({"database": Abandoned(6, EACH, 1, 36.0)}, "passed"),  # one round for all who ask
        ({"database": Abandoned(6, EACH, 5, 7.0)}, "passed"),  # others were given up
        ({"database": Abandoned(6, EACH, 6, 36.0)}, "failed"),
        ({"database": Abandoned(6, BOTH, 12, 36.0)}, "failed"),
        ({"database": Abandoned(6, AN_END, 8, 36.0)}, "passed"),  # two endpoints, and a pool of eight
        (
            {"database": Abandoned(7, (1, 1, 1, 1, 1), 6, 36.0)},
            "passed",
        ),  # a busy machine was asked once more
        ({"database": Abandoned(6, EACH, 0, 6.0), "redis": Abandoned(6, BOTH, 12, 36.0)}, "failed"),
    ],
)
def test_a_probe_that_is_given_up_leaves_nobody_who_waits_for_good(verdict, probe, abandoned, expected):
    assert verdict(check, probe(), abandoned=abandoned) == expected
