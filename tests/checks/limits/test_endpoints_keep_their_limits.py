"""LIM011 on answers made by hand."""

import pytest

from readiness_checks.limits.endpoints_keep_their_limits import endpoints_keep_their_limits as check


@pytest.mark.parametrize(
    ("statuses", "work", "expected"),
    [
        ((200, 200, 200, 429, 429), 3, "passed"),
        ((200, 200, 200, 503, 503), None, "passed"),
        ((200, 200, 200, 200, 429), 4, "failed"),
        ((200, 200, 429, 429, 429), 2, "failed"),
        ((200, 429, 200, 200, 429), 3, "failed"),
        ((200, 200, 200, 429, 429), 5, "failed"),
    ],
)
def test_exactly_the_limit_and_no_work_beyond(siege, volley, statuses, work, expected):
    assert siege(check, volley("exact", *statuses, work=work))[0] == expected


@pytest.mark.parametrize(("served", "expected"), [(2, "passed"), (3, "passed"), (4, "failed")])
def test_those_who_meet_share_the_limit(siege, volley, served, expected):
    crowd = volley("crowd", *([429] * (6 - served)), *([200] * served))
    assert siege(check, crowd)[0] == expected


@pytest.mark.parametrize(("served", "expected"), [(3, "passed"), (4, "failed"), (6, "failed")])
def test_the_end_of_a_window(siege, volley, served, expected):
    burst = volley("boundary", *([200] * served), *([429] * (6 - served)))
    assert siege(check, burst)[0] == expected
    assert siege(check, burst, guarantee="fixed-window")[0] == "passed"


@pytest.mark.parametrize(("status", "expected"), [(200, "passed"), (429, "failed")])
def test_others_have_their_own(siege, volley, status, expected):
    assert siege(check, volley("neighbour", status))[0] == expected


@pytest.mark.parametrize(("status", "expected"), [(200, "passed"), (404, "passed"), (429, "failed")])
def test_other_paths_of_the_service_have_limits_of_their_own(siege, volley, status, expected):
    assert siege(check, volley("elsewhere", status))[0] == expected


def test_refusals_prove_nothing_where_nobody_is_served(siege):
    assert siege(check, broken="a first request is answered 500") == (
        "unknown",
        "a first request is answered 500",
    )


@pytest.mark.parametrize(("status", "expected"), [(200, "passed"), (429, "failed")])
def test_a_sender_that_tries_again_is_served_in_the_end(siege, volley, status, expected):
    assert siege(check, volley("retrying", status))[0] == expected


@pytest.mark.parametrize(("others", "expected"), [((200,), "passed"), ((), "unknown")])
def test_whether_others_have_their_own_is_known_where_others_were_asked(siege, volley, others, expected):
    asked = [volley("neighbour", *others)] if others else []
    sound = volley("boundary", 200, 429), volley("exact", 200, 200, 200, 429)
    assert siege(check, *sound, *asked, alone=True)[0] == expected


def test_where_no_window_was_waited_for_its_end_is_unknown(siege, volley):
    assert siege(check, volley("exact", 200, 200, 200, 429), alone=True)[0] == "unknown"


@pytest.mark.parametrize(("work", "said"), [(None, True), (3, False)])
def test_it_is_said_where_nobody_looked_at_the_handler(siege, volley, work, said):
    status, detail = siege(check, volley("exact", 200, 200, 200, 429, work=work))
    assert status == "passed"
    assert ("`work` is not told" in detail) is said
    assert "`instances` is 1" in detail


@pytest.mark.parametrize(
    ("answer", "expected", "said"),
    [(200, "failed", False), (429, "passed", False), (503, "passed", True), (0, "passed", True)],
)
def test_a_second_process_refuses_what_was_used_up_at_the_first(siege, volley, answer, expected, said):
    sound = volley("exact", 200, 200, 200, 429)
    status, detail = siege(check, sound, volley("process", answer))
    assert status == expected
    assert ("`instances` is 1" in detail) is said


def test_a_second_process_that_does_not_start_is_told(siege, volley):
    status, detail = siege(check, volley("exact", 200, 200, 200, 429), volley("process"))
    assert status == "passed"
    assert detail.endswith(f"was not tried: {volley('process').what}")
