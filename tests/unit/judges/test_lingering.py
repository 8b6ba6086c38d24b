"""Which endpoints refuse longer than their time."""

import pytest

from pytest_readiness.evidence.admissions import Promise
from pytest_readiness.evidence.endpoints import Interruption, LimitedEndpoint, Refusal, Volley

SERVED = Volley("retrying", "one", (200,), 1, None, 1)
REFUSED = Volley("retrying", "one", (429,), 0, None, 1)
CROWD = Volley("crowd", "all at once", (429, 200), 1, None, 2)
FIRST = Volley("exact", "all", (429, 200), 1, None, 2)


@pytest.mark.parametrize(
    ("volleys", "late", "back", "lingers"),
    [
        ((SERVED,), 1, (200,), False),
        ((SERVED,), None, (), False),
        ((SERVED,), 0, (200,), True),
        ((REFUSED,), 1, (200,), True),
        ((FIRST,), 1, (200,), True),
        ((CROWD,), 1, (200,), False),
        ((SERVED,), 1, (429, 429), True),
    ],
)
def test_whoever_is_refused_when_it_is_over(volleys, late, back, lingers):
    refusal = Refusal(429, (), "", late=late)
    outage = Interruption("hung", (503,), 0.1, back)
    seen = LimitedEndpoint("it", "GET /", Promise(3, 60.0), "", volleys, None, (refusal,), "", (outage,))
    assert seen.lingers is lingers
