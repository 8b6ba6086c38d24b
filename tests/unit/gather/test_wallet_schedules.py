"""Which schedules are run: all orders of steps but those that would only repeat a run."""

import pytest

from pytest_readiness.evidence.wallet import Observed, Outcome
from pytest_readiness.gather.wallet.scenarios import Scenario, look, move
from pytest_readiness.gather.wallet.stepping import Run, Seen
from pytest_readiness.judges.wallet.outcomes import renumbered
from pytest_readiness.judges.wallet.serial import explained, orders

TWO = Scenario("two", (), ((move("a", "b", "1"),), (move("a", "c", "1"),)))


def test_all_orders_of_two_calls_but_the_serial_ones_are_run():
    assert set(orders([2, 2])) - set(TWO.orders()) == {"0011", "1100"}
    assert len(TWO.orders()) == 4


def test_a_read_is_not_held_open():
    reading = Scenario("reads", (), ((move("a", "b", "1"), look("a")), (move("a", "c", "1"),)))
    assert reading.orders()
    for order in reading.orders():
        places = [index for index, digit in enumerate(order) if digit == "0"]
        assert places[3] == places[2] + 1


def test_a_step_of_who_waits_is_passed_over_and_makes_no_run_of_its_own():
    seen = Seen()
    seen.add(Run([], None, taken="0101", waiting={"0": frozenset(), "01": frozenset("1")}))
    assert seen.repeats("0110")
    assert not seen.repeats("1001")


def test_where_nobody_waits_every_order_is_a_run():
    seen = Seen()
    seen.add(Run([], None, taken="0101", waiting={"0": frozenset(), "01": frozenset()}))
    assert not seen.repeats("0110")


@pytest.mark.parametrize(
    ("answers", "expected"),
    [(["x #7", "y #7"], ("x #0", "y #0")), (["x #7", "refused", "y #9"], ("x #0", "refused", "y #1"))],
)
def test_of_results_only_which_are_equal_counts(answers, expected):
    assert renumbered(answers) == expected


def test_a_second_id_for_one_key_is_no_serial_outcome():
    serial = Outcome(("s #0", "t #0"), (("a", "70"),))
    other = Outcome(("s #0", "t #1"), (("a", "70"),))
    assert explained(Observed("0101", serial, (), (serial,), ()))
    assert not explained(Observed("0101", other, (), (serial,), ()))
