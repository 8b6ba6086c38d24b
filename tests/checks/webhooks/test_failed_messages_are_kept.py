"""WHK005 on messages made by hand whose booking failed."""

import pytest

from pytest_readiness.evidence.webhooks import Endpoint, Setback, WebhookEvidence
from readiness_checks.webhooks.failed_messages_are_kept import failed_messages_are_kept as check


def judged(*setbacks, **more):
    hook = Endpoint("pay", "POST /pay", "stripe", "select 1", (), setbacks=setbacks, **more)
    (finding,) = check(WebhookEvidence((hook,)))
    return finding


@pytest.mark.parametrize(
    ("seen", "expected"),
    [
        ({"answer": 500, "again": (200,), "acted": 1}, "passed"),
        ({"answer": 0, "again": (500, 500, 200), "acted": 1}, "passed"),
        ({"answer": 409, "again": (503, 200), "acted": 1}, "passed"),
        ({"answer": 200, "acted": 1, "alone": 1}, "passed"),
        ({"answer": 500, "again": (200,)}, "failed"),
        ({"answer": 500, "again": (500, 503)}, "failed"),
        ({"answer": 200, "again": (200,)}, "failed"),
        ({"answer": 202, "again": (200,), "acted": 1}, "failed"),
        ({"answer": 302, "again": (302,)}, "failed"),
        ({"answer": 500, "again": (200,), "acted": 2}, "failed"),
        ({"answer": 200, "acted": 2, "alone": 2}, "failed"),
        ({"answer": 200, "acted": 2, "alone": 2, "untried": "no write came"}, "failed"),
        ({"answer": 200, "acted": 1, "alone": 1, "late": "it acted only an hour later"}, "unknown"),
        ({"answer": 200, "acted": 1, "alone": 1, "untried": "no write came"}, "unknown"),
        ({"untried": "no trigger can be put on the table"}, "unknown"),
    ],
)
def test_what_was_not_accepted_acts_once_when_it_is_sent_again_and_the_rest_of_itself(seen, expected):
    assert judged(Setback("the database was away", **seen)).status.value == expected


def test_one_that_is_lost_is_told_before_what_is_not_known():
    lost, unknown = Setback("lost", 500, (200,)), Setback("unknown", untried="no reason")
    found = judged(unknown, lost)
    assert found.detail == (
        "While lost: the message was answered 500, then 200 when it was sent again, and never acted: it is lost."
    )
    assert "status: 500, then 200" in found.reproduce


@pytest.mark.parametrize("more", [{}, {"broken": "no genuine message acts"}])
def test_nothing_passes_where_nothing_failed(more):
    assert judged(**more).status.value == "unknown"
