"""Lets calls meet in every order of their steps, and compares with what the same calls do one by one."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import TYPE_CHECKING, Literal

import psycopg

from pytest_readiness.evidence.wallet import Exploration, InterleavingEvidence, Observed, Outcome
from pytest_readiness.gather.store import Shard
from pytest_readiness.gather.wallet import entries
from pytest_readiness.gather.wallet.battery import ABSENT
from pytest_readiness.gather.wallet.scenarios import Operation, Scenario, scenarios
from pytest_readiness.gather.wallet.stepping import BOUND_S, Run, Seen, Session, Step
from pytest_readiness.gather.wallet.teller import Teller, WalletError
from pytest_readiness.judges.anomalies import HANGS
from pytest_readiness.judges.ledger import differing, misnumbered, unbalanced, unchained
from pytest_readiness.judges.serial import (
    CONFLICTS,
    REPLAYS,
    deadlocked,
    explained,
    orders,
    renumbered,
)
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from decimal import Decimal

    from pytest_readiness.evidence.wallet import Answer

_ID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f-]{27}\b")
_STRICTEST = "serializable"
_PATIENCE = 8
"""How many runs may hang before no more are made."""

_BUDGET_S = 300.0
"""Of all runs together; what is not run within it is unknown."""

_ALWAYS_RETRIED = "55P03"
"""A wallet that does not wait for locks says so, and has done nothing."""


@gatherer(strength=Strength.ATTACKED, shards=4)
def interleaving(target: Target, shard: Shard) -> InterleavingEvidence:
    """Run every scenario under every schedule, at each level."""
    declared = target.settings.wallet
    if not declared.declared:
        return InterleavingEvidence(absent=ABSENT)
    mine = shard.part(scenarios(declared), lambda scenario: scenario.title)
    return InterleavingEvidence(tuple(Explorer(target).explored(mine)), BOUND_S)


Serial = dict[tuple[int, ...], tuple[Outcome, ...]]
"""What the orders of a scenario lead to, by the operations that are left out of them."""


class Explorer:
    """Runs scenarios on one copy of the target.

    Args:
        target: Whose wallet it is.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self.teller = Teller(target)
        self.database = self.teller.connection.info.dbname
        self.monitor = target.database(self.database)
        self.tellers: list[Teller] = []
        self.ids: dict[str, str] = {}
        self.owners: dict[str, str] = {}
        self._hung = 0
        self._until = time.monotonic() + _BUDGET_S

    def explored(self, chosen: Iterable[Scenario]) -> Iterator[Exploration]:
        """Yield what each of these scenarios led to at each level that callers use, and at the others."""
        declared = self.teller.wallet.isolation
        # REPEATABLE READ breaks sound wallets whose callers never use it, and is theirs to declare.
        own = self.teller.levels
        levels = declared or dict.fromkeys((*own, _STRICTEST, "repeatable read"))
        for scenario in chosen:
            serial: Serial = {}
            for level in levels:
                judged = bool(declared) or level in {*own, _STRICTEST}
                empty = exploration(scenario, level, declared=judged)
                try:
                    runs, observed = self._explore(scenario, level, serial)
                    yield replace(empty, runs=runs, observed=tuple(observed))
                except (WalletError, psycopg.Error) as error:
                    self.tellers.clear()
                    yield replace(empty, setup=str(error).split("\n")[0])

    def _go_on(self) -> None:
        """Raise once the bound on all runs is reached.

        Raises:
            WalletError: Too many of them hang, or took too long together.
        """
        if self._hung >= _PATIENCE:
            raise WalletError(f"{self._hung} runs did not end within {BOUND_S:g} s each; no more are made")
        if time.monotonic() > self._until:
            raise WalletError(f"the runs before took {_BUDGET_S:g} s, which is the bound on all of them")

    def _explore(self, scenario: Scenario, level: str, serial: Serial) -> tuple[int, list[Observed]]:
        observed: dict[Outcome, Observed] = {}
        known = Seen()
        for schedule in scenario.orders():
            if known.repeats(schedule):
                continue
            seen = self.run(scenario, level, schedule, known)
            seen = self.compared(scenario, seen, serial)
            if seen.outcome in observed:
                continue
            if not explained(seen):
                again = [self.run(scenario, level, seen.schedule) for _ in range(REPLAYS)]
                seen = replace(seen, replays=sum(other.outcome == seen.outcome for other in again))
            elif scenario.opposite and deadlocked(seen):
                # The server chooses whom it ends.
                again = [self.run(scenario, level, seen.schedule) for _ in range(REPLAYS)]
                seen = replace(seen, replays=sum(deadlocked(other) for other in again))
            observed[seen.outcome] = seen
        return len(known.taken), list(observed.values())

    def compared(self, scenario: Scenario, seen: Observed, serial: Serial) -> Observed:
        """Add what the serial orders of what was not aborted lead to; they are run once."""
        if seen.aborted not in serial:
            serial[seen.aborted] = tuple(self._serial(scenario, seen.aborted))
        return replace(seen, allowed=serial[seen.aborted])

    def _serial(self, scenario: Scenario, aborted: tuple[int, ...]) -> Iterator[Outcome]:
        """Yield what the operations that were not aborted do one after the other, in every order."""
        left, index = [], 0
        for session in scenario.sessions:
            kept = tuple(op for i, op in enumerate(session, index) if i not in aborted)
            index += len(session)
            left.append(kept)
        for order in orders([len(session) for session in left]):
            one_by_one = "".join(digit * 2 for digit in order)
            level = self.teller.levels[0]
            outcome = self.run(replace(scenario, sessions=tuple(left)), level, one_by_one).outcome
            yield replace(outcome, answers=_widened(outcome.answers, aborted))

    def run(self, scenario: Scenario, level: str, schedule: str, known: Seen | None = None) -> Observed:
        """Run a scenario on fresh wallets under one schedule, and remember how it went.

        Raises:
            WalletError: What it stands on was refused, or the bound on all runs is reached.
        """
        self._go_on()
        self._prepare(scenario)
        keys: dict[str, str] = {}
        sessions = [
            Session(self._teller(number), [self._step(op, keys) for op in operations], number, level)
            for number, operations in enumerate(scenario.sessions)
        ]
        before, run = tuple(self.teller.lines), Run(sessions, self.monitor)
        run.follow(schedule)
        if known is not None:
            known.add(run)
        answers = [answer for session in sessions for answer in session.answers]
        operations = [operation for session in scenario.sessions for operation in session]
        aborted = tuple(i for i, op in enumerate(operations) if self._retried(op, answers[i]))
        if run.hangs:
            self._hung += 1
            self.tellers.clear()
        told = renumbered(_told(op, answer) for op, answer in zip(operations, answers, strict=True))
        balances = dict(zip(self.ids.values(), self.teller.balances(self.ids.values()), strict=True))
        troubles = () if run.hangs else tuple(self._troubles(balances))
        outcome = Outcome(told, tuple(zip(self.ids, map(_shown, balances.values()), strict=True)), troubles)
        return Observed(
            schedule=run.taken,
            outcome=outcome,
            aborted=aborted,
            allowed=(),
            lanes=tuple(run.lanes),
            script=("-- in every session, with the variables of the first:", *before, *run.script),
        )

    def _prepare(self, scenario: Scenario) -> None:
        self.teller.begin()
        self.owners = {owner: self.teller.owner() for owner in dict.fromkeys(w[2] for w in scenario.wallets)}
        self.ids = self.teller.open_all({w[0]: self.owners[w[2]] for w in scenario.wallets})
        self.teller.fund({self.ids[letter]: funds for letter, funds, _ in scenario.wallets if funds != "0"})
        for operation in scenario.before:
            self.teller.need(operation.name, **self._values(operation, {}))

    def _teller(self, number: int) -> Teller:
        while len(self.tellers) <= number:
            self.tellers.append(Teller(self._target, self.database))
        teller = self.tellers[number]
        teller.answers_success_with_nothing = self.teller.answers_success_with_nothing
        return teller

    def _values(self, operation: Operation, keys: dict[str, str]) -> dict[str, str | None]:
        values: dict[str, str | None] = {}
        for name, value in operation.values:
            known = self.owners if name == "owner" else self.ids
            values[name] = known.get(value, value) if name not in {"amount", "limit", "rate"} else value
        values["key"] = (
            keys.setdefault(operation.key, self.teller.key()) if operation.key else self.teller.key()
        )
        return values

    def _step(self, operation: Operation, keys: dict[str, str]) -> Step:
        values = self._values(operation, keys)
        statement = self.teller.rendered(operation.name, values)
        shown = self.teller.rendered(operation.name, values, self.teller.names)
        ending: Literal["commit", "rollback"] = "rollback" if operation.lost else "commit"
        return Step(str(operation), operation.name, statement, shown, ending)

    def _retried(self, operation: Operation, answer: Answer) -> bool:
        if answer.sqlstate in {*self.teller.wallet.retries, _ALWAYS_RETRIED}:
            return True
        conflict = self.teller.wallet.duplicate_in_flight != "wait"
        return bool(operation.key) and conflict and not answer.accepted and answer.message != HANGS

    def _troubles(self, balances: dict[str, Decimal | None]) -> Iterator[str]:
        """Say what is wrong with the ledger of these wallets, by letter instead of id."""
        query, wallets = self.teller.wallet.entries, self.ids.values()
        if not query:
            return
        found = entries.read(self.monitor, query, wallets)
        letters = {wallet: letter for letter, wallet in self.ids.items()}
        faults: Iterable[Iterable[str]] = (
            unbalanced(found),
            differing(found, balances),
            misnumbered(found, wallets),
            unchained(found, wallets),
        )
        for fault in (text for faulty in faults for text in faulty):
            yield _ID.sub(lambda match: letters.get(match[0], "…"), fault)


def exploration(scenario: Scenario, level: str, *, declared: bool = True) -> Exploration:
    """Return the frame of an exploration, without runs."""
    before = tuple((letter, funds) for letter, funds, _ in scenario.wallets)
    return Exploration(scenario.title, level, declared, scenario.opposite, 0, (), before=before)


def _shown(balance: Decimal | None) -> str:
    return "unreadable" if balance is None else f"{balance.normalize():f}"


def _told(operation: Operation, answer: Answer) -> str:
    if answer.message == HANGS:
        return f"{operation} {HANGS}"
    if answer.sqlstate in CONFLICTS:
        return f"{operation} was aborted ({answer.sqlstate})"
    if not answer.accepted:
        return f"{operation} was refused"
    if operation.name == "balance":
        return f"{operation} was {answer.result}"
    return f"{operation} was done" + (f" #{answer.result}" if answer.result else "")


def _widened(answers: Sequence[str], aborted: tuple[int, ...]) -> tuple[str, ...]:
    """Leave a gap for each aborted operation, so that positions agree."""
    rest, total = iter(answers), len(answers) + len(aborted)
    return tuple("aborted" if index in aborted else next(rest) for index in range(total))
