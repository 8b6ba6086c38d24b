"""Clients who move money at once, read balances meanwhile, and keep what they were answered."""

from __future__ import annotations

import random
import time
from collections import Counter
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.load import Move
from pytest_readiness.gather.wallet.adapted import AdaptedTeller
from pytest_readiness.gather.wallet.teller import Teller, WalletError
from pytest_readiness.judges.wallet.load import READ

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.wallet import Answer
    from pytest_readiness.target.target import Target

MOST = 5
"""As in Jepsen's bank: small amounts, so that wallets do not run dry."""

READ_EVERY = 5
"""Transfers between two reads of all balances."""

SNAPSHOT = "repeatable read"
"""At which all balances are read."""

_TRIES = 25
"""Of one transfer, while it is refused as busy."""

_PATIENCE = 5
"""Transfers in a row that a client gives up before it makes no more."""

_RETRIED = ("55P03", "409", "503")
_NOT_IN_TIME = ("57014",)
_UNSETTLED = (*_NOT_IN_TIME, "500", "502", "504")
"""Of a service: no answer in time, and a fault of its own."""

_DEADLOCK = "40P01"
_SELDOM_MS, _AT_ONCE_MS = 100, 1
"""After which a wait is looked at for a deadlock: each look stops all others who want a lock, and with hot
accounts most calls wait. Where there are deadlocks, waiting for them would cost more than looking."""


def opened(target: Target, teller: Teller, wallets: dict[str, str], numbers: Iterable[int]) -> list[Client]:
    """Open clients with these numbers on the copy in which the wallets are, whose ids are given by letter."""
    return [Client(number, _caller(target, teller), wallets, target.seed) for number in numbers]


def _caller(target: Target, teller: Teller) -> Teller:
    """Return who calls for one client: code of the project has connections of its own."""
    if isinstance(teller, AdaptedTeller):
        return teller
    other = Teller(target, teller.connection.info.dbname)
    other.answers_success_with_nothing = teller.answers_success_with_nothing
    other.look_for_deadlocks(_SELDOM_MS)
    return other


@dataclass
class Client:
    """One of several who call at once.

    Attributes:
        moves: What it asked for, and what was answered at last.
        reads: Each whole read, as the balances of all wallets in one snapshot.
        looks: Balances that were read one by one, as callers do.
        refusals: How often each SQLSTATE or status was met, repetitions included.
        reconciled: What each reconciliation reported.
    """

    number: int
    teller: Teller
    wallets: dict[str, str]
    seed: int
    moves: list[Move] = field(default_factory=list)
    reads: list[tuple[Decimal | None, ...]] = field(default_factory=list)
    looks: list[tuple[str, Decimal | None]] = field(default_factory=list)
    refusals: Counter[str] = field(default_factory=Counter)
    reconciled: list[tuple[str, ...]] = field(default_factory=list)

    def work(self, calls: int, until: float) -> None:
        """Make calls, the same for the same seed, until they are done, time is up or none gets through."""
        for number in range(calls):
            if time.monotonic() > until or self.teller.connection.closed:
                return
            source, destination = self._chance.sample(sorted(self.wallets), 2)
            amount = Decimal(self._chance.randint(1, MOST))
            started = time.monotonic()
            answer = self._transfer(source, destination, amount)
            accepted = None if self._is_lost(answer) else answer.accepted
            given_up = answer.sqlstate in {*self._retried, *_NOT_IN_TIME}
            took = time.monotonic() - started
            self.moves.append(Move(self.number, source, destination, amount, accepted, given_up, took))
            if self.teller.connection.closed or self._starves:
                return
            if number % READ_EVERY == 0:
                self._look()

    @cached_property
    def _chance(self) -> random.Random:
        return random.Random(f"{self.seed}/{self.number}")  # noqa: S311  to be repeated, not to be secret

    @property
    def _starves(self) -> bool:
        last = self.moves[-_PATIENCE:]
        return len(last) == _PATIENCE and all(move.given_up for move in last)

    @property
    def _retried(self) -> set[str]:
        return {*self.teller.wallet.retries, *_RETRIED}

    def _is_lost(self, answer: Answer) -> bool:
        """Tell whether nobody can know from an answer if the transfer was done."""
        if answer.doubtful:
            return True
        code = answer.sqlstate
        if isinstance(self.teller, AdaptedTeller):
            return code.startswith(_UNSETTLED) or "Timeout" in code or "Connect" in code
        return code.startswith(("08", "57P"))

    def _transfer(self, source: str, destination: str, amount: Decimal) -> Answer:
        retried = self._retried
        values: dict[str, str | None] = {
            "source": self.wallets[source],
            "destination": self.wallets[destination],
            "amount": str(amount),
            # Those of the other clients count from the same number.
            "key": f"{self.number + 1:08x}{self.teller.key()[8:]}",
        }
        for attempt in range(_TRIES):
            answer = self.teller.call_once("transfer", values)
            if not answer.accepted:
                self._refused(answer.sqlstate or "refused")
            if answer.sqlstate not in retried:
                break
            time.sleep(min(0.001 * 2**attempt, 0.05))
        return answer

    def _refused(self, code: str) -> None:
        self.refusals[code] += 1
        if code == _DEADLOCK and self.refusals[code] == 1 and not isinstance(self.teller, AdaptedTeller):
            self.teller.look_for_deadlocks(_AT_ONCE_MS)

    def _look(self) -> None:
        shared = isinstance(self.teller, AdaptedTeller)
        if not shared:
            self._read()
        letter = sorted(self.wallets)[len(self.looks) % len(self.wallets)]
        self.looks.append((letter, self.teller.balance(self.wallets[letter])))
        if self.teller.wallet.reconcile and not (shared and self.number):
            found = problems(self.teller)
            self.reconciled += [] if found is None else [found]

    def _read(self) -> None:
        try:
            self.reads.append(tuple(self.teller.whole(self.wallets.values(), SNAPSHOT)))
        except psycopg.Error as error:
            self.refusals[f"{READ}{error.sqlstate}"] += 1


def problems(teller: Teller) -> tuple[str, ...] | None:
    """Return what reconciliation reports; None where it is refused, as one that meets others may be."""
    try:
        return teller.problems()
    except psycopg.Error:
        teller.connection.rollback()
    except WalletError:
        pass
    return None
