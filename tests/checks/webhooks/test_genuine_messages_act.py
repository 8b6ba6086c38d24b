"""WHK001 on deliveries made by hand."""

import pytest

from readiness_checks.webhooks.genuine_messages_act import genuine_messages_act as check


@pytest.mark.parametrize(
    ("acted", "status", "expected"),
    [
        (1, 200, "passed"),
        (1, 202, "passed"),
        (0, 401, "failed"),
        (2, 200, "failed"),
        (1, 500, "failed"),
        (0, 0, "failed"),
    ],
)
def test_a_genuine_message_acts_once_and_is_acknowledged(verdict, acted, status, expected):
    assert verdict(check, "genuine", acted=acted, allowed=(1, 1), statuses=(status,)) == expected
