"""What calls that met were all refused is looked for in the orders of the same calls, before it counts as untried."""

import pytest

from pytest_readiness.evidence.wallet import Observed, Outcome
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.oracle import Oracle
from pytest_readiness.gather.wallet.scenarios import scenarios
from pytest_readiness.judges.meetings import acted_in_turn

PASSED_ON = next(one for one in scenarios(None) if one.title == "money is passed on")
FIRST, SECOND = "transfer a b 30", "transfer b c 20"
MET = Outcome((f"{FIRST} was done #0", f"{SECOND} was refused"), (("a", "70"), ("b", "30"), ("c", "0")))
IN_TURN = Outcome((f"{FIRST} was done #0", f"{SECOND} was done #1"), (("a", "70"), ("b", "10"), ("c", "20")))


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
