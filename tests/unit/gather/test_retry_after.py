"""What a Retry-After names, in both of its forms."""

import pytest

from pytest_readiness.gather.endpoints.refusals import moment_of
from pytest_readiness.gather.endpoints.siege import _number

NOW = 946_684_740.0  # Fri, 31 Dec 1999 23:59:00 GMT


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("42", NOW + 42),
        ("Fri, 31 Dec 1999 23:59:59 GMT", NOW + 59),
        ("41.5", None),
        ("-1", None),
        ("", None),
        ("soon", None),
    ],
)
def test_seconds_or_a_date(value, moment):
    assert moment_of(value, NOW) == moment


@pytest.mark.parametrize(("body", "number"), [(b"7", 7), (b'{"n": 7}', 7), (b"seven", None), (b"[]", None)])
def test_a_number_of_runs(body, number):
    assert _number(body) == number
