"""Which of several attempts at a moment that an answer named is told."""

import pytest

from pytest_readiness.evidence.admissions import Wait
from pytest_readiness.gather.limits.answers import in_time


def wait(*, early=None, late=1, due=True, answer=42.5):
    return Wait("retry_after_truthful", 5, 60.0, "hits", answer, early, late, 1, 0.002, due)


UNDECIDED = wait()
TOLD = wait(early=0)
UNTRUE = wait(late=0)
NOT_DUE = wait(due=False)


@pytest.mark.parametrize(
    ("made", "told"),
    [
        ([UNDECIDED, TOLD], [TOLD]),
        ([UNDECIDED, UNTRUE], [UNTRUE]),
        ([NOT_DUE], [NOT_DUE]),
        ([None], []),
        ([UNDECIDED, None], [UNDECIDED]),  # an attempt that comes to no refusal takes nothing back
        ([UNDECIDED, NOT_DUE], [UNDECIDED]),
        ([UNDECIDED, wait(late=0, due=False)], [wait(late=0, due=False)]),
    ],
)
def test_what_could_not_be_asked_in_time_stays_untold_until_it_is_told(made, told):
    attempts = iter(made)
    assert list(in_time(lambda _: next(attempts))) == told
    assert list(attempts) == []


@pytest.mark.parametrize(("answer", "tried"), [(0.02, 2), (42.5, 7)])
def test_nobody_asks_longer_before_a_moment_than_there_is_time(answer, tried):
    leads = []

    def attempt(lead):
        leads.append(lead)
        return wait(answer=answer)

    assert list(in_time(attempt)) == [wait(answer=answer)]
    assert len(leads) == tried
