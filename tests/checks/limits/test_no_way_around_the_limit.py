"""LIM012 on answers made by hand."""

import pytest

from readiness_checks.limits.no_way_around_the_limit import no_way_around_the_limit as check


@pytest.mark.parametrize(
    ("statuses", "work", "expected"),
    [
        ((429,), 0, "passed"),
        ((404,), 0, "passed"),
        ((307,), None, "passed"),
        ((200,), 0, "passed"),
        ((200,), 1, "failed"),
        ((200,), None, "failed"),
        ((429, 429, 200), 1, "failed"),
    ],
)
def test_served_is_what_the_handler_served(siege, volley, statuses, work, expected):
    assert siege(check, volley("bypass", *statuses, work=work))[0] == expected


@pytest.mark.parametrize(("status", "expected"), [(204, "passed"), (405, "passed"), (429, "failed")])
def test_a_preflight_is_not_refused(siege, volley, status, expected):
    assert siege(check, volley("preflight", status))[0] == expected


@pytest.mark.parametrize(
    ("status", "expected"), [(429, "passed"), (503, "passed"), (0, "unknown"), (404, "unknown")]
)
def test_what_nobody_refused_was_not_kept_by_the_limit(siege, volley, refusal, status, expected):
    volleys = volley("bypass", status), volley("bypass", status)
    assert siege(check, *volleys, alone=True, refusals=(refusal(503),))[0] == expected


def test_where_nothing_was_tried_nothing_is_known(siege):
    assert siege(check, alone=True)[0] == "unknown"


def test_it_is_said_that_guesses_were_not_tried(siege, volley):
    status, detail = siege(check, volley("bypass", 429), volley("stranger", 401))
    assert status == "passed"
    assert "guesses at credentials" in detail
    assert "401" in detail
