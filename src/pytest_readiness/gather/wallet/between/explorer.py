"""Holds one session at each statement of its functions in turn, while the other runs as far as it can."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import BETWEEN, BetweenEvidence
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.wallet.battery import ABSENT, run
from pytest_readiness.gather.wallet.between.halts import SESSION, Halts, install, listener
from pytest_readiness.gather.wallet.between.instrument import READ, instrument
from pytest_readiness.gather.wallet.between.stepping import BetweenRun, Held
from pytest_readiness.gather.wallet.between.tracking import tracked
from pytest_readiness.gather.wallet.interleaving import Explorer
from pytest_readiness.gather.wallet.observing import Ran
from pytest_readiness.gather.wallet.scenarios import pairs
from pytest_readiness.gather.wallet.stepping import BOUND_S, Session
from pytest_readiness.gather.wallet.teller import Teller
from pytest_readiness.gather.wallet.wire.explorer import statements
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.wallet import Place
    from pytest_readiness.gather.wallet.scenarios import Scenario

BUDGET_S = 60.0
"""Of all runs of a shard; what is not run within it is unknown."""

_UNNAMED = "it is called, and nothing that the templates come to names it"
_NO_FUNCTION = "the templates of the wallet come to no function in PL/pgSQL or SQL"


@gatherer(strength=Strength.ATTACKED, shards=4)
def between(target: Target, shard: Shard) -> BetweenEvidence:
    """Run every scenario of two sessions with one preemption, at each level."""
    declared = target.settings.wallet
    if not declared.declared:
        return BetweenEvidence(absent=ABSENT)
    if declared.adapter:
        return statements(target, shard)
    explorer = BetweenExplorer(target)
    if not explorer.places:
        return BetweenEvidence(absent=_NO_FUNCTION)
    if shard.index == 0:
        explorer.try_one_by_one()
    return BetweenEvidence(
        explorations=tuple(explorer.explored(pairs(declared, shard))),
        seconds_a_run=BOUND_S,
        seconds=BUDGET_S,
        places=tuple(explorer.places.values()),
        reached=frozenset(explorer.reached),
        unread=explorer.unread,
    )


class BetweenExplorer(Explorer):
    """Runs scenarios on a copy of the target whose functions stop where they are told to.

    Args:
        target: Whose wallet it is.
    """

    technique = BETWEEN

    def __init__(self, target: Target) -> None:
        self.reached: set[int] = set()
        super().__init__(target, BUDGET_S)

    def _renew(self) -> None:
        super()._renew()
        install(self.monitor)
        instrumented = instrument(self.monitor, self.teller.wallet)
        self.places: dict[int, Place] = {place.number: place for place in instrumented.places}
        self.unread = instrumented.unread
        self._found = instrumented.functions
        self._prunes = not instrumented.locks
        self._halts = Halts(self._connect())
        self._held: list[Teller] = []

    def levels(self) -> dict[str, bool]:
        """Return the levels to run at: by default one, as at the others a call sees one snapshot."""
        chosen = self.teller.wallet.held_between or self.teller.levels[:1]
        return dict.fromkeys(chosen, True)

    def try_one_by_one(self) -> None:
        """Make the trials that need one caller, for what they come to, and for what no name has led to."""
        connection, handler = self.teller.connection, listener(lambda place, _: self.reached.add(place))
        connection.execute(f"set {SESSION} = 'seen'".encode())
        connection.add_notice_handler(handler)
        with tracked(connection) as called:
            run(self.teller)
        self.unread += tuple(
            (name, _UNNAMED if language in READ else f"it is written in {language}")
            for name, language in called.items()
            if name not in self._found
        )
        connection.remove_notice_handler(handler)
        connection.execute(f"reset {SESSION}".encode())
        self.reports.news()  # what one caller brings about is of no meeting

    def _runs(self, scenario: Scenario, level: str) -> Iterator[Ran]:
        """Run the orders of whole calls, and each with one session held once."""
        alike = scenario.sessions[0] == scenario.sessions[1]
        for first in (0,) if alike else (0, 1):
            base = self._preempted(scenario, level, (first, 0))
            yield base
            if not isinstance(base.run, BetweenRun):
                return
            ends = base.run.ends.get(first, [])
            steps, total = 1, max(ends, default=0)
            while steps < total:
                ran = self._preempted(scenario, level, (first, steps))
                yield ran
                following = next((end for end in ends if end > steps), total)
                repeats = scenario.reads_alone(1 - first) or self._repeats(ran, 1 - first)
                steps = following if repeats else steps + 1

    def _repeats(self, ran: Ran, other: int) -> bool:
        """Tell whether a later preemption in the same call leads to the same.

        Who waits at READ COMMITTED or above without having written or locked anything has read what was
        committed, which the one that is held does not change before its COMMIT.
        """
        return self._prunes and isinstance(ran.run, BetweenRun) and other in ran.run.idle_waits

    def _preempted(self, scenario: Scenario, level: str, point: tuple[int, int]) -> Ran:
        """Run a scenario in which a session is held after so many steps, and the other goes on."""
        first, steps = point
        if not steps:
            return self._ran(scenario, level, "", first)
        return self._ran(scenario, level, str(first) * steps, 1 - first)

    def _ran(self, scenario: Scenario, level: str, schedule: str, then: int | None = None) -> Ran:
        """Run a schedule.

        Args:
            scenario: Which calls meet.
            level: Isolation level.
            schedule: One digit a step.
            then: Who goes on after it, in place of whoever went last.
        """
        self._go_on()
        world, keys = self._world(scenario), dict[str, str]()
        sessions: list[Session] = [
            Held(self._holdable(number), [self._step(op, world, keys) for op in operations], number, level)
            for number, operations in enumerate(scenario.sessions)
        ]
        run = BetweenRun(sessions, self._watch, halts=self._halts, places=self.places)
        run.follow(schedule, then)
        self.reached |= run.reached
        if run.hangs:
            self._hung += 1
            self._forget()
        return Ran(scenario, world, run)

    def _holdable(self, number: int) -> Teller:
        while len(self._held) <= number:
            teller = Teller(self._target, self.database)
            teller.connection.execute(f"set {SESSION} = '{len(self._held)}'".encode())
            self._held.append(teller)
            self._opened.append(teller.connection)
        teller = self._held[number]
        teller.answers_success_with_nothing = self.teller.answers_success_with_nothing
        return teller

    def _forget(self) -> None:
        super()._forget()
        self._held.clear()
