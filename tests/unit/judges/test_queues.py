"""Words for what waits in a queue, which nobody reads but who works through it."""

import pytest

from pytest_readiness.judges.purpose.queues import awaits_verdict, is_errand, is_planned


@pytest.mark.parametrize(
    ("value", "beside", "awaits"),
    [("pending", ("approved",), True), ("in_review", ("published",), True), ("en attente", ("publié",), True),
     ("pending", ("paid",), False), ("pending", ("active", "open"), False), ("ausstehend", ("genehmigt",), True), ("approved", ("published",), False), ("independent", ("public",), False)],
)  # fmt: skip
def test_what_nobody_has_seen_to_beside_what_is_for_all(value, beside, awaits):
    assert awaits_verdict(value, beside) is awaits


@pytest.mark.parametrize(
    ("name", "errand"),
    [("remind_at", True), ("scheduled_for", True), ("nextRunAt", True), ("send_on", True), ("retry_after", True),
     ("starts_at", False), ("publish_at", False), ("runner_id", False), ("run_time_limit", False)],
)  # fmt: skip
def test_times_at_which_a_machine_does_something(name, errand):
    assert is_errand(name) is errand


def test_what_waits_for_its_time():
    assert all(map(is_planned, ["scheduled", "ready", "geplant"]))
    assert not any(map(is_planned, ["already", "held", "airplane"]))
