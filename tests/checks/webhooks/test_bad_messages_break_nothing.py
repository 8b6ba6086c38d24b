"""WHK004 on deliveries made by hand."""

import pytest

from readiness_checks.webhooks.bad_messages_break_nothing import bad_messages_break_nothing as check


@pytest.mark.parametrize("group", ["unsigned", "altered", "stale", "malformed", "huge"])
@pytest.mark.parametrize(
    ("status", "expected"), [(400, "passed"), (413, "passed"), (200, "passed"), (500, "failed")]
)
def test_no_message_is_a_failure_of_the_server(verdict, group, status, expected):
    assert verdict(check, group, statuses=(status,)) == expected


@pytest.mark.parametrize(
    ("group", "error", "expected"),
    [
        ("huge", "RemoteDisconnected", "passed"),
        ("malformed", "RemoteDisconnected", "failed"),
        ("malformed", "ConnectionRefusedError", "failed"),
        ("malformed", "ConnectionResetError: it was refused before it was read", "passed"),
    ],
)
def test_what_is_not_read_may_be_cut_off_and_all_else_is_answered(verdict, group, error, expected):
    assert verdict(check, group, statuses=(0,), error=error) == expected


@pytest.mark.parametrize(("statuses", "expected"), [((401, 401), "passed"), ((401, 400), "failed")])
def test_the_answer_to_a_forgery_does_not_depend_on_its_body(verdict, statuses, expected):
    assert verdict(check, "order", statuses=statuses) == expected


@pytest.mark.parametrize(
    ("status", "taken", "largest", "expected"),
    [
        (413, 1000, 1000, "passed"),
        (0, 1999, 1000, "passed"),  # it was cut off
        (0, 2000, 1000, "failed"),
        (0, 2000, 0, "passed"),  # nothing is declared that judges it
        (413, 2000, 1000, "passed"),  # it answered as the last of it came
        (500, 1000, 1000, "failed"),
    ],
)
def test_a_body_without_an_end_is_not_taken_for_ever(verdict, status, taken, largest, expected):
    assert verdict(check, "endless", statuses=(status,), flood=(taken, 2000), largest=largest) == expected
