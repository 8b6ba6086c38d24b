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
        ("huge", "TimeoutError: timed out", "failed"),
        ("huge", "ConnectionRefusedError", "failed"),
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


CUT = "RemoteDisconnected: Remote end closed connection without response"


@pytest.mark.parametrize(
    ("status", "error", "taken", "largest", "expected"),
    [
        (413, "", 1000, 1000, "passed"),
        (0, CUT, 1999, 1000, "passed"),
        (0, CUT, 2000, 1000, "failed"),
        (0, "nothing was taken any more, and no answer came", 0, 1000, "failed"),
        (0, "nothing was taken any more, and no answer came", 1000, 0, "failed"),
        (0, "TimeoutError: timed out", 2000, 1000, "failed"),
        (0, "TimeoutError: timed out", 2000, 0, "failed"),
        (0, "ConnectionRefusedError", 0, 0, "failed"),
        (200, "", 2000, 1000, "failed"),
        (200, "", 2000, 0, "passed"),  # nothing is declared that judges it
        (413, "", 2000, 1000, "passed"),  # it read to the end, kept nothing, and said no then
        (500, "", 1000, 1000, "failed"),
    ],
)
def test_an_endless_body_is_refused(verdict, status, error, taken, largest, expected):
    flood = {"flood": (taken, 2000), "largest": largest, "allowed": (0, 0 if largest else 1)}
    assert verdict(check, "endless", statuses=(status,), error=error, **flood) == expected


@pytest.mark.parametrize(("largest", "expected"), [(1000, "failed"), (0, "passed")])
def test_who_keeps_an_endless_body_finds_it_genuine(verdict, largest, expected):
    flood = {"flood": (2000, 2000), "largest": largest, "allowed": (0, 0 if largest else 1)}
    assert verdict(check, "endless", statuses=(200,), acted=1, **flood) == expected
