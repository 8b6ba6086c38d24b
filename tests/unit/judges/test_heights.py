"""Who stands above what he is shown is told by names, of functions and of policies."""

import pytest

from pytest_readiness.judges.purpose.heights import stands_above


@pytest.mark.parametrize(
    ("functions", "policies", "above"),
    [
        (("private.oversees",), (), True),
        (('public."isSupervisorOf"',), (), True),
        (("app.unit_manager",), (), True),
        (("app.belongs_to",), ("overseen files",), True),
        (("app.belongs_to",), ("managers read",), False),
        (("app.managed_by",), ("supervised by us",), False),
        (("app.can_see", "app.management_of"), ("leads", "notices of the district"), False),
    ],
)
def test_names_that_say_that_somebody_stands_above(functions, policies, above):
    assert stands_above(functions, policies) is above
