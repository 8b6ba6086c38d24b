"""Reads what runs of a scenario led to: answers, balances, and what is wrong with the ledger."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Observed, Outcome
from pytest_readiness.gather.wallet.telling import answered, listed, troubles
from pytest_readiness.judges.wallet.anomalies import HANGS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    import psycopg

    from pytest_readiness.evidence.wallet import Answer, Entry
    from pytest_readiness.gather.wallet.meeting import Meeting
    from pytest_readiness.gather.wallet.scenarios import Operation, Scenario
    from pytest_readiness.gather.wallet.stepping import Run
    from pytest_readiness.gather.wallet.teller import Teller
    from pytest_readiness.gather.wallet.wire.meeting import WireMeeting
    from pytest_readiness.gather.wallet.worlds import World

    AnyRun = Run | Meeting | WireMeeting

_ALWAYS_RETRIED = ("55P03", "409", "503")
"""A wallet that does not wait for locks says so, and so does a service; neither has done anything."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A run that is over, and the world in which it left its traces."""

    scenario: Scenario
    world: World
    run: AnyRun


@dataclass(frozen=True, slots=True)
class Observer:
    """Reads balances and entries of one copy of the target.

    Attributes:
        teller: Who reads balances as callers do.
        monitor: A connection that entries are read by.
    """

    teller: Teller
    monitor: psycopg.Connection

    def read(self, ran: Sequence[Ran]) -> list[Observed]:
        """Read what runs led to, in one round trip for all."""
        wallets = [wallet for one in ran for wallet in one.world.wallets.values()]
        balances = dict(zip(wallets, self._balances(ran, wallets), strict=True))
        query = self.teller.wallet.entries
        found = self.teller.entries(self.monitor, wallets) if query else None
        return [self._observed(one, balances, found) for one in ran]

    def _balances(self, ran: Sequence[Ran], wallets: Sequence[str]) -> list[Decimal | None]:
        read = self.teller.balances(wallets) if wallets else []
        if len(ran) > 1 and any(balance is None for balance in read):
            # Which of them cannot be read is told by reading those of each run alone.
            return [b for one in ran for b in self.teller.balances(one.world.wallets.values())]
        return read

    def _observed(
        self, ran: Ran, balances: Mapping[str, Decimal | None], found: Sequence[Entry] | None
    ) -> Observed:
        run, world = ran.run, ran.world
        answers = [answer for session in run.sessions for answer in session.answers]
        operations = [operation for session in ran.scenario.sessions for operation in session]
        mine = {letter: balances[wallet] for letter, wallet in world.wallets.items()}
        silent = run.hangs or found is None
        both = self.teller.wallet.double_entry
        faults: tuple[str, ...] = ()
        if not silent:
            one = self.teller.manners.numbered_as_one
            faults = tuple(troubles(world.wallets, balances, found or (), double_entry=both, as_one=one))
        return Observed(
            schedule=run.taken,
            outcome=Outcome(
                answered(ran.scenario, (one.answers for one in run.sessions)),
                listed(mine),
                (*faults, *run.faults),
            ),
            aborted=tuple(i for i, op in enumerate(operations) if self._is_retried(op, answers[i])),
            allowed=(),
            lanes=tuple(run.lanes),
            script=("-- in every session, with the variables of the first:", *world.lines, *run.script),
        )

    def _is_retried(self, operation: Operation, answer: Answer) -> bool:
        if answer.sqlstate in {*self.teller.wallet.retries, *_ALWAYS_RETRIED}:
            return True
        conflict = self.teller.wallet.duplicate_in_flight != "wait"
        return bool(operation.key) and conflict and not answer.accepted and answer.message != HANGS
