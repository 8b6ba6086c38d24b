"""A reply that repeats what it was given tells nothing of it, whichever argument said it."""

from pytest_readiness.gather.attacks.attempts import Outcome
from pytest_readiness.gather.attacks.inferring.existence import answered_apart


def said(*rows):
    return Outcome("", "", "", 2, 0, rows)


def test_what_another_argument_says_as_well_is_no_difference():
    hers, nobodys = said('{"ref": "hers", "text": "hers"}'), said('{"ref": "hers0", "text": "hers"}')
    assert not answered_apart(hers, nobodys, nobodys, "hers", "hers0")


def test_what_it_has_of_hers_is_one():
    hers, nobodys = said('{"ref": "hers", "free": false}'), said('{"ref": "hers0", "free": true}')
    assert answered_apart(hers, nobodys, nobodys, "hers", "hers0")


def test_what_is_repeated_in_another_spelling_is_no_difference():
    hers, nobodys = said('"CANARY0A1B"'), said('"CANARY0A1B0"')
    assert not answered_apart(hers, nobodys, nobodys, "canary-0a1b", "canary-0a1b0")


def test_what_a_short_text_is_made_of_may_be_all_that_differs():
    hers, nobodys = said('{"taken": 11, "code": "X"}'), said('{"taken": 21, "code": "x2"}')
    assert answered_apart(hers, nobodys, nobodys, "x", "x2")
    hers, nobodys = said("free: 11"), said("free: 1010")
    assert answered_apart(hers, nobodys, nobodys, "1", "10")
    hers, nobodys = said('"A-1"'), said('"A-10"')
    assert not answered_apart(hers, nobodys, nobodys, "a-1", "a-10")
