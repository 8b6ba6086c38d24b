"""What dana does by her place in another tenant is gone once she has left it; an error says nothing of that."""

from dataclasses import dataclass
from types import SimpleNamespace

import pytest

from pytest_readiness.evidence.people import DANA
from pytest_readiness.gather.attacks.attempts import Attempt, Outcome
from pytest_readiness.gather.attacks.reading.two_tenants import TwoTenants


@dataclass
class Somebody:
    name: str


class Leaving(TwoTenants):
    """Has two outcomes: without what else she has here, and without her place there."""

    def __init__(self, here, there):
        self.field = SimpleNamespace(owners=SimpleNamespace(people={}, memberships=()))
        self.at_home = Somebody("at home")
        self.outcomes = here, there

    def _without(self, _attempt, owner, _kept):
        return self.outcomes[owner is not DANA]


def said(*rows, state=""):
    return Outcome(state, "", "", 2, 0, rows)


@pytest.mark.parametrize(
    ("here", "there", "by_rank"),
    [
        (said("row"), said(), True),
        (said("row"), said("row"), False),
        (said(), said(), False),
        (said("row"), said(state="42501"), True),
        (said("row"), said(state="P0002"), False),
        (said("row"), said(state="57014"), False),
    ],
)
def test_only_what_is_gone_was_by_that_place(here, there, by_rank):
    attempt = Attempt(Somebody("dana"), ("select 1",))
    assert Leaving(here, there)._is_by_rank(attempt, lambda outcome: outcome.rows) is by_rank
