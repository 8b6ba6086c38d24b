"""WHK006 on deliveries made by hand."""

import pytest

from readiness_checks.webhooks.repeated_messages_are_accepted import repeated_messages_are_accepted as check


@pytest.mark.parametrize(
    ("statuses", "acted", "expected"),
    [
        ((200, 200), 1, "passed"),
        ((202, 204, 200), 1, "passed"),
        ((200, 409), 1, "failed"),
        ((200, 303), 1, "failed"),
        ((200, 200, 500), 1, "failed"),
        ((200, 0), 1, "failed"),
        ((200, 409), 2, "unknown"),  # that it acted twice is another check's
        ((500, 409), 1, "unknown"),
    ],
)
def test_what_acted_is_accepted_again(verdict, statuses, acted, expected):
    assert verdict(check, "again", statuses=statuses, acted=acted, allowed=(1, 1)) == expected


@pytest.mark.parametrize("group", ["replayed", "genuine"])
def test_what_a_sender_does_not_send_again_may_be_refused(verdict, group):
    assert verdict(check, group, statuses=(200, 409), acted=1, allowed=(1, 1)) == "unknown"
