"""LIM004 on observations made by hand."""

import pytest

from pytest_readiness.evidence.admissions import Neighbours
from readiness_checks.limits.keys_have_limits_of_their_own import keys_have_limits_of_their_own as check


@pytest.mark.parametrize("prop", ["keys_isolated", "keys_distinct"])
@pytest.mark.parametrize(
    ("admitted", "error", "status"), [(3, "", "passed"), (2, "", "failed"), (3, "Boom", "failed")]
)
def test_a_burst_leaves_all_to_the_other(verdict, prop, admitted, error, status):
    assert verdict(check, Neighbours(prop, 3, "a", "a:b", admitted, error))[0] == status


def test_a_key_that_is_alone_and_gets_less_shares_with_nobody(verdict):
    status, detail = verdict(check, Neighbours("keys_distinct", 3, "a", "b", 1, alone=1))
    assert status == "unknown"
    assert "share" not in detail
