"""Whether a write meets the like of what it met before."""

import pytest

from pytest_readiness.gather.trials.standing import Effect, keeps

REFUSED, NOTHING = Effect(refused=True), Effect()
FOLDED, STAMPED = Effect(columns=frozenset({"memo"})), Effect(columns=frozenset({"memo", "at"}))
LOGGED, ELSEWHERE = Effect(elsewhere=frozenset({"public.a"})), Effect(elsewhere=frozenset({"public.b"}))


@pytest.mark.parametrize(
    ("dropped", "now", "kept"),
    [
        (REFUSED, REFUSED, True),
        (REFUSED, NOTHING, False),
        (REFUSED, LOGGED, False),
        (FOLDED, REFUSED, True),
        (FOLDED, STAMPED, True),
        (STAMPED, FOLDED, False),
        (LOGGED, ELSEWHERE, True),
        (LOGGED, FOLDED, False),
    ],
)
def test_more_may_be_kept_and_no_less(dropped, now, kept):
    assert keeps(now, dropped) is kept


def test_what_differs_by_chance_is_no_effect():
    assert STAMPED.without(Effect(columns=frozenset({"at"}))) == FOLDED
    assert LOGGED.without(LOGGED) == NOTHING
