"""Words for a place among others that only ask for it."""

import pytest

from pytest_readiness.judges.purpose.requests_to_join import asked_for


@pytest.mark.parametrize(
    ("words", "asking"),
    [
        (("req", "act", "out"), ("req",)),
        (("member", "pending approval", "not-yet-admitted"), ("pending approval", "not-yet-admitted")),
        (("angefragt", "Mitglied"), ("angefragt",)),
        (("requested",), ()),
        (("applicant", "candidate", "member"), ()),
        (("depending", "asked-for"), ()),
    ],
)
def test_some_words_only_ask_for_a_place_that_others_give(words, asking):
    assert asked_for(words) == asking
