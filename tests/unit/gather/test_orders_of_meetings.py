"""What calls that met were all refused is looked for in the orders of the same calls, before it counts as untried."""

from dataclasses import replace

import pytest

from pytest_readiness.evidence.wallet import Observed, Outcome
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.observing import Ran
from pytest_readiness.gather.wallet.oracle import Oracle
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.gather.wallet.stepping import Run
from pytest_readiness.gather.wallet.worlds import World
from pytest_readiness.judges.wallet.meetings import acted_in_turn

PASSED_ON = next(one for one in scenarios(None) if one.title == "money is passed on")
FIRST, SECOND = "transfer a b 30", "transfer b c 20"
MET = Outcome((f"{FIRST} was done #0", f"{SECOND} was refused"), (("a", "70"), ("b", "30"), ("c", "0")))
IN_TURN = Outcome((f"{FIRST} was done #0", f"{SECOND} was done #1"), (("a", "70"), ("b", "10"), ("c", "20")))
LOST = replace(IN_TURN, balances=(("a", "70"), ("b", "30"), ("c", "20")))


class Met(Explorer):
    """Has run all schedules, which led to one outcome; the order that explains it was tried first."""

    def __init__(self, of_orders):
        self.of_orders = of_orders

    def _explore(self, _scenario, _level, oracle):
        seen = Observed("0101", MET, (), (), ())
        return 4, [oracle.compared(seen, "10")]

    def one_by_one(self, _scenario, order):
        return [self.of_orders[order]]


@pytest.mark.parametrize(("in_turn", "status"), [(IN_TURN, "passed"), (MET, "unknown")])
def test_an_order_in_which_all_is_done_is_looked_for(in_turn, status):
    explorer = Met({"10": MET, "01": in_turn})
    oracle = Oracle(PASSED_ON, explorer.one_by_one)
    found = explorer._at(PASSED_ON, "read committed", oracle, declared=True)
    finding = acted_in_turn(PASSED_ON.title, [found])
    assert finding.status.value == status
    assert (SECOND in finding.detail) is (status == "unknown")


class Again(Explorer):
    """Runs whatever it is told to, and is told what that leads to."""

    def __init__(self, *outcomes):
        self.outcomes = outcomes
        self.observer = self

    def _ran(self, scenario, _level, _schedule):
        return Ran(scenario, World({}, {}, {}, []), Run([], None, committed="01"))

    def read(self, ran):
        assert len(ran) == len(self.outcomes)
        return [Observed("0101", outcome, (), (), ()) for outcome in self.outcomes]

    def one_by_one(self, _scenario, _order):
        return [IN_TURN]


@pytest.mark.parametrize(
    ("again", "replays"),
    [((MET, MET, MET), 3), ((MET, LOST, MET), 3), ((LOST, LOST, LOST), 3), ((MET, IN_TURN, LOST), 2)],
    ids=["alike", "one of them another way", "each another way", "once as in an order"],
)
def test_what_no_order_explains_is_seen_again_however_it_ends(again, replays):
    explorer = Again(*again)
    oracle = Oracle(PASSED_ON, explorer.one_by_one)
    seen = Observed("0101", MET, (), (), ())
    assert explorer._again(PASSED_ON, "read committed", seen, oracle).replays == replays


def test_wallets_stay_of_their_currency_in_orders_without_an_exchange():
    scenario = next(one for one in scenarios(None) if one.title == "an exchange meets a transfer")
    asked = []

    def one_by_one(given, _order):
        asked.append(given)
        return [IN_TURN]

    seen = Observed("0101", MET, (0,), (), ())
    Oracle(scenario, one_by_one).compared(seen, whole=True)
    assert scenario.foreign
    assert {(one.foreign, len(one.sessions[0])) for one in asked} == {(scenario.foreign, 0)}
