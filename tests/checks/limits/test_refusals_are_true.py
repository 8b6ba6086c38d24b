"""LIM013 on answers made by hand."""

import pytest

from pytest_readiness.judges.edge.header_fields import parsed
from readiness_checks.limits.refusals_are_true import refusals_are_true as check

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        ({}, "passed"),
        ({"status": 503}, "failed"),
        ({"retry_after": ""}, "failed"),
        ({"retry_after": "41.5"}, "failed"),
        ({"retry_after": "0"}, "failed"),
        ({"retry_after": "42000"}, "failed"),
        ({"retry_after": "Sun, 09 Sep 2001 01:47:20 GMT"}, "passed"),
        ({"retry_after": "Sun, 09 Sep 2001 02:46:50 GMT"}, "failed"),
        ({"retry_after": "Fri, 31 Dec 1999 23:59:59 GMT"}, "failed"),
        ({"retry_after": "soon"}, "failed"),
        ({"early": 1}, "failed"),
        ({"late": 0}, "failed"),
        ({"cache_control": "no-store"}, "passed"),
        ({"cache_control": "public, max-age=3600"}, "failed"),
        ({"cache_control": "max-age=0"}, "passed"),
        ({"leaks": ("redis://",)}, "failed"),
        ({"content_type": PROBLEM, "body": '{"status": 429}'}, "passed"),
        ({"content_type": PROBLEM, "body": '{"status": 500}'}, "failed"),
        ({"content_type": PROBLEM, "body": "Too Many"}, "failed"),
        ({"content_type": "text/plain", "body": "Too Many"}, "passed"),
        ({"ratelimit_policy": '"default";q=3;w=60'}, "passed"),
        ({"ratelimit_policy": '"burst";q=1;w=1, "daily";q=3;w=60'}, "passed"),
        ({"ratelimit_policy": "3;w=60"}, "passed"),
        ({"ratelimit_policy": "default q=3 w=60"}, "failed"),
        ({"ratelimit_policy": '"default";q=5;w=60'}, "failed"),
        ({"ratelimit_policy": '"default";q=3;w=60000'}, "failed"),
        ({"ratelimit": '"default";r=0;t=42'}, "passed"),
        ({"ratelimit": '"default";r=2;t=42'}, "failed"),
        ({"ratelimit": '"default";t=42'}, "failed"),
        ({"ratelimit": '"default";r=0;t=43'}, "failed"),
        ({"ratelimit": "limit=3, remaining=0, reset=42"}, "passed"),
        ({"x_ratelimit_limit": "3", "x_ratelimit_remaining": "0"}, "passed"),
        ({"x_ratelimit_remaining": "-1"}, "failed"),
        ({"x_ratelimit_limit": "30"}, "failed"),
        ({"x_ratelimit_reset": "42"}, "passed"),
        ({"x_ratelimit_reset": "1000000042"}, "passed"),
        ({"x_ratelimit_reset": "1000000042000"}, "passed"),
        ({"x_ratelimit_reset": "42000"}, "failed"),
        ({"x_ratelimit_reset": "999999000"}, "failed"),
        ({"x_ratelimit_reset": "soon"}, "failed"),
        ({"ratelimit": '"default";r=0;t=42000'}, "failed"),
        ({"ratelimit": '"minute";r=0;t=42, "day";r=997;t=42000'}, "passed"),
        ({"ratelimit": '"minute";r=0;t=43, "day";r=997;t=42000'}, "failed"),
        ({"ratelimit": '"minute";r=1;t=42, "day";r=997;t=42000'}, "failed"),
    ],
)
def test_what_a_refusal_may_say(siege, refusal, what, expected):
    assert siege(check, refusals=[refusal(**what)])[0] == expected


@pytest.mark.parametrize(
    ("tried", "told"), [({"early": None, "late": None}, True), ({"early": None}, False), ({}, False)]
)
def test_a_pass_says_where_nobody_came_back(siege, refusal, tried, told):
    status, detail = siege(check, alone=True, refusals=[refusal(**tried)])
    assert (status, "whether Retry-After holds was not tried" in detail) == ("passed", told)


def test_without_a_refusal_nothing_is_known(siege, refusal):
    assert siege(check, alone=True, refusals=[refusal(200)])[0] == "unknown"


def test_an_answer_within_the_limit_counts_down(siege, refusal):
    fine = refusal(200, retry_after="", x_ratelimit_remaining="2")
    stale = refusal(200, retry_after="", x_ratelimit_remaining="3")
    assert siege(check, admitted=fine)[0] == "passed"
    assert siege(check, admitted=stale)[0] == "failed"


@pytest.mark.parametrize(
    ("field", "members"),
    [
        ('"a";q=1', [{"item": '"a"', "q": "1"}]),
        ('"a, b";q=1 , "c";w=2;x', [{"item": '"a, b"', "q": "1"}, {"item": '"c"', "w": "2", "x": ""}]),
        ("a;q=:aGk=:;b=?1", [{"item": "a", "q": ":aGk=:", "b": "?1"}]),
        ("", None),
        ('"a"; q = 1', None),
        ('"a";q=1,', None),
        ('"a" "b"', None),
    ],
)
def test_lists_of_structured_fields(field, members):
    assert parsed(field) == members


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"expires": "Sun, 09 Sep 2001 02:46:40 GMT"}, "failed"),
        ({"expires": "Sun, 09 Sep 2001 02:46:40 GMT", "cache_control": "no-store"}, "passed"),
        ({"expires": "Sun, 09 Sep 2001 01:46:40 GMT"}, "passed"),
        ({"expires": "0"}, "passed"),
    ],
)
def test_a_refusal_that_expires_later_may_be_stored_until_then(siege, refusal, headers, status):
    assert siege(check, refusals=(refusal(**headers),))[0] == status
