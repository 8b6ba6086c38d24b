"""Holds one request to a service at each of its statements in turn, while another runs as far as it can."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import BETWEEN, OWN_LEVEL, BetweenEvidence
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.gather.wallet.backends import Backends
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.meeting import Caller
from pytest_readiness.gather.wallet.observing import Ran
from pytest_readiness.gather.wallet.scenarios import pairs
from pytest_readiness.gather.wallet.stepping import BOUND_S
from pytest_readiness.gather.wallet.wire.meeting import PATIENCE_S, WireMeeting
from pytest_readiness.gather.wallet.wire.wire import WireError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.wallet import Exploration
    from pytest_readiness.gather.store import Shard
    from pytest_readiness.gather.wallet.adapted import AdaptedTeller
    from pytest_readiness.gather.wallet.gate import Gate
    from pytest_readiness.gather.wallet.oracle import Oracle
    from pytest_readiness.gather.wallet.scenarios import Scenario
    from pytest_readiness.gather.wallet.worlds import World
    from pytest_readiness.target.target import Target

BUDGET_S = 100.0
"""Of all runs of a shard; what is not run within it is unknown."""

_NEVER_HELD = "no statement of these requests was seen on its way to the server, so that none was held"
_LEAST_PATIENCE_S = 0.03
_TIMES_LONGEST = 3


def statements(target: Target, shard: Shard) -> BetweenEvidence:
    """Run every scenario of two requests to the declared service with one preemption.

    Raises:
        EvidenceError: Nothing can be held between the service and its server.
    """
    try:
        explorer = WireExplorer(target)
        explorations = tuple(explorer.explored(pairs(target.settings.wallet, shard)))
    except WireError as error:
        raise EvidenceError("not assessable", str(error)) from None
    return BetweenEvidence(
        explorations=explorations,
        seconds_a_run=BOUND_S,
        seconds=BUDGET_S,
        statements=explorer.statements,
        instances=len(explorer.teller.instances),
    )


class WireExplorer(Explorer):
    """Runs scenarios on a service whose way to the server leads through a proxy.

    Args:
        target: Whose wallet it is.

    Raises:
        AdapterError: The adapter cannot be used.
        WireError: The proxy did not start.
    """

    technique = BETWEEN
    teller: AdaptedTeller

    def __init__(self, target: Target, budget_s: float = BUDGET_S) -> None:
        self._patience_s, self._longest_s = PATIENCE_S, 0.0
        self.statements = 0
        super().__init__(target, budget_s)

    def _renew(self) -> None:
        super()._renew()
        self.backends = Backends(self.monitor)

    def hold_commits(self) -> Gate | None:
        """Hold nobody in the database: the proxy does."""
        return None

    def levels(self) -> dict[str, bool]:
        """Return the one level, which is the service's own to choose."""
        return {OWN_LEVEL: True}

    def _runs(self, scenario: Scenario, level: str) -> Iterator[Ran]:
        """Run the orders of whole calls, and each with one request held once."""
        alike = scenario.sessions[0] == scenario.sessions[1]
        for first in (0,) if alike else (0, 1):
            base = self._preempted(scenario, level, first, 0)
            yield base
            total = base.run.taken.count(str(first))
            for steps in range(1, total):
                yield self._preempted(scenario, level, first, steps)

    def _at(self, scenario: Scenario, level: str, oracle: Oracle, *, declared: bool) -> Exploration:
        before = self.statements
        found = super()._at(scenario, level, oracle, declared=declared)
        if found.setup or self.statements > before:
            return found
        return replace(found, setup=_NEVER_HELD)

    def _preempted(self, scenario: Scenario, level: str, first: int, steps: int) -> Ran:
        """Run a scenario in which a request is held after so many steps, and the other goes on."""
        return self._ran(scenario, level, str(first) * steps, 1 - first if steps else first)

    def _ran(self, scenario: Scenario, level: str, schedule: str, then: int | None = None) -> Ran:
        self._go_on()
        world = self._world(scenario)
        run = self._meeting(scenario, level, world)
        self._follow(run, schedule, then)
        return Ran(scenario, world, run)

    def _follow(self, run: WireMeeting, schedule: str, then: int | None = None) -> None:  # type: ignore[override]  # of its own kind
        run.follow(schedule, then)
        self.statements += run.statements
        self._hung += run.hangs
        if not schedule or run.serial:
            self._longest_s = max(self._longest_s, run.silence)
            self._patience_s = max(_LEAST_PATIENCE_S, _TIMES_LONGEST * self._longest_s)

    def _meeting(self, scenario: Scenario, _level: str, world: World) -> WireMeeting:
        keys: dict[str, str] = {}
        callers = [
            Caller(number, [self._call(operation, world, keys) for operation in operations])
            for number, operations in enumerate(scenario.sessions)
        ]
        return WireMeeting(callers, self.teller, self.wire, self.backends, self._lines, self._patience_s)
