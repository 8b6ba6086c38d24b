"""Lets calls meet in every order of their steps, and compares with what the same calls do one by one."""

from __future__ import annotations

import time
from collections import Counter
from dataclasses import replace
from itertools import islice
from random import Random
from typing import TYPE_CHECKING, Literal

import psycopg

from pytest_readiness.evidence.wallet import (
    HOLD,
    OWN_LEVEL,
    Exploration,
    InterleavingEvidence,
    Observed,
    Outcome,
)
from pytest_readiness.gather.store import EvidenceError, Shard
from pytest_readiness.gather.wallet.adapted import AdaptedTeller
from pytest_readiness.gather.wallet.battery import ABSENT
from pytest_readiness.gather.wallet.drawing import explored, is_wrong
from pytest_readiness.gather.wallet.drawn import drawn
from pytest_readiness.gather.wallet.gate import Gate
from pytest_readiness.gather.wallet.meeting import Call, Caller, Meeting
from pytest_readiness.gather.wallet.observing import Observer, Ran
from pytest_readiness.gather.wallet.oracle import Oracle
from pytest_readiness.gather.wallet.reports import Reports, lettered
from pytest_readiness.gather.wallet.scenarios import Operation, Scenario, part
from pytest_readiness.gather.wallet.stepping import BOUND_S, Run, Seen, Session, Step, Watch
from pytest_readiness.gather.wallet.teller import Teller, WalletError
from pytest_readiness.gather.wallet.telling import answered, listed
from pytest_readiness.gather.wallet.wire.lines import Lines
from pytest_readiness.gather.wallet.wire.teller import proxied
from pytest_readiness.gather.wallet.wire.wire import WireError
from pytest_readiness.gather.wallet.worlds import Supply, World
from pytest_readiness.judges.wallet.ledger import REPORTED
from pytest_readiness.judges.wallet.meetings import STRICT, refuses, undone
from pytest_readiness.judges.wallet.serial import REPLAYS, deadlocked, explained, orders
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.gather.wallet.observing import AnyRun


_STRICTEST = "serializable"
_PATIENCE = 8
"""How many runs may hang before no more are made."""

_BUDGET_S = 300.0
"""Of all runs together; what is not run within it is unknown."""

_READ_TOGETHER = 6
"""Runs whose outcomes are read in one round trip."""

_TRIES = 3
"""How many schedules that lead to the same are replayed, where not each replay of one does."""


@gatherer(strength=Strength.ATTACKED, shards=4)
def interleaving(target: Target, shard: Shard) -> InterleavingEvidence:
    """Run every scenario under every schedule, at each level.

    Raises:
        EvidenceError: Nothing can be between a service and its server.
    """
    declared = target.settings.wallet
    if not declared.declared:
        return InterleavingEvidence(absent=ABSENT)
    try:
        explorer = Explorer(target)
        explorations = [*explorer.explored(part(declared, shard))]
        if not any(is_wrong(one) and one.declared for one in explorations):
            chance = Random(target.seed)  # noqa: S311  to be repeated, not to be secret
            unusable = {name for name, _ in explorer.teller.manners.unusable}
            chosen = drawn(explorer.teller.wallet, chance, declared.drawn, unusable)
            explorations += explored(explorer, shard.part(chosen, lambda one: one.title))
        return InterleavingEvidence(tuple(explorations), BOUND_S)
    except WireError as error:
        raise EvidenceError("not assessable", str(error)) from None


class Explorer:
    """Runs scenarios on one copy of the target.

    Args:
        target: Whose wallet it is.
        budget_s: The bound on all runs together.
    """

    technique = HOLD

    def __init__(self, target: Target, budget_s: float = _BUDGET_S) -> None:
        self._target = target
        self._hung = 0
        self._budget_s = budget_s
        self._mute = False
        self._opened: list[psycopg.Connection] = []
        self._renew()
        self._until = time.monotonic() + budget_s

    def _renew(self) -> None:
        """Go on with a fresh copy of the target; of the last one nothing stays open."""
        if self._opened:
            self._leave()
        self._lines = Lines()
        self.teller = self.open(self._target)
        self._opened = [self.teller.connection]
        self.database = self.teller.connection.info.dbname
        self.monitor = self._connect()
        self.observer = Observer(self.teller, self.monitor)
        self.tellers: list[Teller] = []
        self.gate = self.hold_commits()
        self._watch = Watch(self.monitor)
        self._supply: tuple[Scenario, Supply] | None = None
        self.reports = Reports(self.teller)

    def _connect(self) -> psycopg.Connection:
        self._opened.append(self._target.database(self.database))
        return self._opened[-1]

    def _leave(self) -> None:
        """Close what is open to the copy."""
        if isinstance(self.teller, AdaptedTeller):
            for instance in self.teller.instances:
                instance.close()
            self.wire.close()
        for connection in self._opened:
            connection.close()

    def open(self, target: Target) -> Teller:
        """Return who calls the wallet, on a copy of the target; a service reaches it through a proxy.

        Raises:
            WireError: The proxy did not start.
        """
        if not target.settings.wallet.adapter:
            return Teller(target)
        teller, self.wire = proxied(target)
        return teller

    def hold_commits(self) -> Gate | None:
        """Hold transactions of a service in the database; None where the explorer makes them itself."""
        adapted = isinstance(self.teller, AdaptedTeller)
        return Gate(self._connect(), self.wire.apart.relations) if adapted else None

    def explored(self, chosen: Iterable[Scenario]) -> Iterator[Exploration]:
        """Yield what each of these scenarios led to at each level that callers use, and at the others.

        One that repeats another is left out where the other has shown what is wrong.
        """
        wrong, levels = set(), self.levels()
        own = next(iter(levels))
        usable, left = self._usable(chosen)
        yield from left
        for scenario in usable:
            if not scenario.uses(self.teller.wallet) or scenario.again in wrong:
                continue
            oracle = Oracle(scenario, self.one_by_one)
            for level in (own,) if scenario.again else levels:
                found = self._at(scenario, level, oracle, declared=levels[level])
                if scenario.within and not found.setup and refuses(found, "exchange"):
                    continue
                if level == own and any(_proven(seen) and _counts(seen, level) for seen in found.observed):
                    wrong.add(scenario.title)
                yield found

    def at_own_level(self, scenario: Scenario) -> Exploration:
        """Return what a scenario led to at the level that callers use."""
        level, declared = next(iter(self.levels().items()))
        return self._at(scenario, level, Oracle(scenario, self.one_by_one), declared=declared)

    def _usable(self, chosen: Iterable[Scenario]) -> tuple[list[Scenario], list[Exploration]]:
        """Return the scenarios that can be run, and one in place of all that cannot for one reason."""
        why, usable = dict(self.teller.manners.unusable), list[Scenario]()
        left: dict[str, Exploration] = {}
        for scenario in chosen:
            name = next((name for name in scenario.calls() if name in why), "")
            if not name:
                usable.append(scenario)
            elif scenario.uses(self.teller.wallet):
                opposite = scenario.opposite or (name in left and left[name].opposite)
                instead = replace(scenario, title=f"all with {name}", opposite=opposite)
                frame = exploration(instead, self.teller.levels[0])
                left[name] = replace(frame, technique=self.technique, setup=why[name])
        return usable, list(left.values())

    def _at(self, scenario: Scenario, level: str, oracle: Oracle, *, declared: bool) -> Exploration:
        """Return what a scenario led to at a level."""
        empty = replace(exploration(scenario, level, declared=declared), technique=self.technique)
        try:
            runs, observed = self._explore(scenario, level, oracle)
            found = replace(empty, runs=runs, observed=tuple(observed))
            if any(undone([found])):
                # Who does not wait meets what is not there yet; one after the other, all may be done.
                observed = [oracle.compared(seen, whole=True) for seen in observed]
            if any(undone([replace(found, observed=tuple(observed))])):
                # Who is refused because another was first counts as aborted.
                every = [oracle.compared(replace(seen, aborted=()), whole=True) for seen in observed[:1]]
                observed[0] = replace(observed[0], allowed=(*observed[0].allowed, *every[0].allowed))
        except (WalletError, psycopg.Error) as error:
            self._forget()
            return replace(empty, setup=str(error).split("\n")[0])
        return replace(found, observed=tuple(observed))

    def levels(self) -> dict[str, bool]:
        """Return the levels to run at, and whether what is seen there counts."""
        if self.gate is not None:
            return {OWN_LEVEL: True}
        declared, own = self.teller.wallet.isolation, self.teller.levels
        # REPEATABLE READ breaks sound wallets whose callers never use it, and is theirs to declare.
        every: tuple[str, ...] = declared or (*own, _STRICTEST, "repeatable read")
        return {level: bool(declared) or level in {*own, _STRICTEST} for level in every}

    def _go_on(self) -> None:
        """Raise once the bound on all runs is reached.

        Raises:
            WalletError: Too many of them hang, or took too long together.
        """
        if self._hung >= _PATIENCE:
            raise WalletError(f"{self._hung} runs did not end within {BOUND_S:g} s each; no more are made")
        if time.monotonic() > self._until:
            raise WalletError(f"the runs before took {self._budget_s:g} s, which is the bound on all of them")

    def _explore(self, scenario: Scenario, level: str, oracle: Oracle) -> tuple[int, list[Observed]]:
        observed: dict[Outcome, Observed] = {}
        runs, total, tried = self._runs(scenario, level), 0, Counter[Outcome]()
        while ran := list(islice(runs, _READ_TOGETHER)):
            total += len(ran)
            for one, read in zip(ran, self.observer.read(ran), strict=True):
                seen = oracle.compared(read, one.run.committed)
                known = observed.get(seen.outcome)
                if known is None or (0 < known.replays < REPLAYS and tried[seen.outcome] < _TRIES):
                    tried[seen.outcome] += 1
                    again = self._again(scenario, level, seen, oracle)
                    if known is None or again.replays > known.replays:
                        observed[seen.outcome] = again
            if any(_proven(seen) for seen in observed.values()):
                # What is wrong is wrong: more runs would say it in other words.
                break
        asks = not self._mute and (scenario.is_apart or not self.reports.slow)
        clean, news = self.reports.clean, self.reports.news() if asks else ()
        if news and not any(_proven(seen) for seen in observed.values()):
            found = self._reported(scenario, level, oracle)
            if found is None and clean and not self._mute:
                raise WalletError(f"reconciliation reported once, and not when it was done again: {news[0]}")
            observed |= {found.outcome: found} if found else {}
        return total, list(observed.values())

    def _reported(self, scenario: Scenario, level: str, oracle: Oracle) -> Observed | None:
        """Return the first run on a fresh copy after which reconciliation reports anything.

        Nothing is returned where it reports as much of whole calls, one after the other.
        """
        self._renew()
        for order in orders([len(session) for session in scenario.sessions]):
            self.one_by_one(scenario, order)
        if self.reports.news():
            self._mute = True
            return None
        for ran in self._runs(scenario, level):
            read = self._told(ran)
            if read.outcome.troubles and not explained(seen := oracle.compared(read, whole=True)):
                again = [self.alone(scenario, level, seen.schedule) for _ in range(REPLAYS)]
                self._renew()
                return replace(seen, replays=sum(bool(one.outcome.troubles) for one in again))
        return None

    def alone(self, scenario: Scenario, level: str, schedule: str) -> Observed:
        """Run a scenario on a fresh copy, and say what reconciliation reports of it too.

        Raises:
            WalletError: What it stands on was refused.
        """
        self._renew()
        return self._told(self._ran(scenario, level, schedule))

    def _told(self, ran: Ran) -> Observed:
        """Return what a run led to, with what reconciliation reports."""
        (read,) = self.observer.read([ran])
        rows = [f"{REPORTED}{lettered(row, ran.world.wallets)}" for row in self.reports.news()]
        outcome = replace(read.outcome, troubles=(*read.outcome.troubles, *rows))
        return replace(read, outcome=outcome)

    def _runs(self, scenario: Scenario, level: str) -> Iterator[Ran]:
        """Run every schedule that does not only repeat one of those before."""
        known = Seen()
        for schedule in scenario.orders():
            if not known.repeats(schedule):
                ran = self._ran(scenario, level, schedule)
                known.add(ran.run)
                yield ran

    def _again(self, scenario: Scenario, level: str, seen: Observed, oracle: Oracle) -> Observed:
        """Count how often what no order explains is seen again."""
        dead = scenario.opposite and deadlocked(seen)
        if explained(seen) and not dead:
            return seen
        seen = oracle.compared(seen, whole=True)
        ran = [self._ran(scenario, level, seen.schedule) for _ in range(REPLAYS)]
        again = self.observer.read(ran)
        if explained(seen):
            # The server chooses whom it ends.
            return replace(seen, replays=sum(deadlocked(other) for other in again))
        # However it ends: what no order explains is as wrong as the first.
        others = [oracle.compared(one, run.run.committed) for run, one in zip(ran, again, strict=True)]
        return replace(seen, replays=sum(not explained(other) for other in others))

    def one_by_one(self, scenario: Scenario, order: str) -> list[Outcome]:
        """Run whole calls in one order, and tell how things stood after each, or after the last."""
        self._go_on()
        world, stood = self._world(scenario), []
        run = self._meeting(scenario, self.teller.levels[0], world)

        def look() -> None:
            wallets = world.wallets
            balances = dict(zip(wallets, self.teller.balances(wallets.values()), strict=True))
            stood.append(Outcome(answered(scenario, (one.answers for one in run.sessions)), listed(balances)))

        if isinstance(run, Run):
            run.take_in_turn(order, look)
            self._count_hung(run)
        else:
            run.serial = True
            self._follow(run, order)
        if not stood or run.hangs:
            look()
        return stood if len(stood) == len(order) else stood[-1:]

    def run(self, scenario: Scenario, level: str, schedule: str) -> Observed:
        """Run a scenario on fresh wallets under one schedule.

        Args:
            scenario: Which calls meet.
            level: Isolation level.
            schedule: One digit a step.

        Raises:
            WalletError: What it stands on was refused, or the bound on all runs is reached.
        """
        (observed,) = self.observer.read([self._ran(scenario, level, schedule)])
        return observed

    def _ran(self, scenario: Scenario, level: str, schedule: str) -> Ran:
        """Run a schedule; what it led to is read later, together with what others led to."""
        self._go_on()
        world = self._world(scenario)
        run = self._meeting(scenario, level, world)
        self._follow(run, schedule)
        return Ran(scenario, world, run)

    def _follow(self, run: AnyRun, schedule: str) -> None:
        run.follow(schedule)
        self._count_hung(run)

    def _count_hung(self, run: AnyRun) -> None:
        if run.hangs:
            self._hung += 1
            self._forget()

    def _forget(self) -> None:
        """Open other sessions from now on: those that there are may be in the midst of something."""
        self.tellers.clear()

    def _world(self, scenario: Scenario) -> World:
        known = self._supply
        if known is None or not known[0].same_wallets(scenario):
            known = self._supply = (scenario, Supply(self.teller, scenario))
        return known[1].take()

    def _meeting(self, scenario: Scenario, level: str, world: World) -> AnyRun:
        keys: dict[str, str] = {}
        if isinstance(self.teller, AdaptedTeller) and self.gate is not None:
            callers = [
                Caller(number, [self._call(operation, world, keys) for operation in operations])
                for number, operations in enumerate(scenario.sessions)
            ]
            return Meeting(callers, self.teller, self.gate, self.monitor, self._lines, self.wire)
        sessions = [
            Session(self._teller(number), [self._step(op, world, keys) for op in operations], number, level)
            for number, operations in enumerate(scenario.sessions)
        ]
        return Run(sessions, self._watch)

    def _call(self, operation: Operation, world: World, keys: dict[str, str]) -> Call:
        values = world.values(self.teller, operation, keys)
        shown = self.teller.rendered(operation.name, values, world.names)
        return Call(str(operation), operation.name, values, shown, operation.lost)

    def _teller(self, number: int) -> Teller:
        while len(self.tellers) <= number:
            self.tellers.append(Teller(self._target, self.database))
            self._opened.append(self.tellers[-1].connection)
        teller = self.tellers[number]
        teller.answers_success_with_nothing = self.teller.answers_success_with_nothing
        return teller

    def _step(self, operation: Operation, world: World, keys: dict[str, str]) -> Step:
        values = world.values(self.teller, operation, keys)
        statement = self.teller.rendered(operation.name, values)
        shown = self.teller.rendered(operation.name, values, world.names)
        ending: Literal["commit", "rollback"] = "rollback" if operation.lost else "commit"
        return Step(str(operation), operation.name, statement, shown, ending)


def _proven(seen: Observed) -> bool:
    """Tell whether what was brought about again was as wrong each time."""
    return seen.replays == REPLAYS


def _counts(seen: Observed, level: str) -> bool:
    """Tell whether it is a fault: a deadlock is none where callers try again."""
    return level in STRICT or not explained(seen)


def exploration(scenario: Scenario, level: str, *, declared: bool = True) -> Exploration:
    """Return the frame of an exploration, without runs."""
    return Exploration(scenario.title, level, declared, scenario.opposite, 0, (), before=scenario.funds())
