"""Lets calls run into time limits, and looks at what they leave behind and whom they keep waiting."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Event, Thread
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.wallet import Answer, Legal, Rule, TimeoutEvidence
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.gather.wallet import keys
from pytest_readiness.gather.wallet.backends import asleep
from pytest_readiness.gather.wallet.battery import ABSENT
from pytest_readiness.gather.wallet.service_timeouts import LONG, ServiceTimeouts, unhindered, ways
from pytest_readiness.gather.wallet.teller import Teller, WalletError, said
from pytest_readiness.gather.wallet.trials import Case, Trials, moved
from pytest_readiness.gather.wallet.wire.wire import WireError
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.wallet.teller import Values

_LIMITS = {"lock_timeout": "30ms", "statement_timeout": "60ms"}
_IDLE, _IDLE_LIMIT = "idle_in_transaction_session_timeout", "10ms"
_PATIENCE = "1s"
_SETTLED_S, _POLL_S = 0.1, 0.005
_BOUND_S = 5.0


@gatherer(strength=Strength.ATTACKED)
def timeouts(target: Target) -> TimeoutEvidence:
    """Let each operation run into limits, and make a call after it from another session.

    Raises:
        EvidenceError: Nothing can be between a service and its server.
    """
    declared = target.settings.wallet
    if not declared.declared:
        return TimeoutEvidence(absent=ABSENT)
    try:
        limits = ServiceTimeouts(target) if declared.adapter else Limits(target)
        others = ServiceTimeouts(target, LONG) if declared.adapter else None
    except WireError as error:
        raise EvidenceError("not assessable", str(error)) from None
    for operation in ("deposit", "transfer", "exchange"):
        if getattr(limits.teller.wallet, operation):
            limits.strike(operation)
            if others:
                others.outlast(operation)
    return TimeoutEvidence((*limits.trials.made, *(others.trials.made if others else ())))


class Limits:
    """Lets limits strike on one copy of the target.

    Args:
        target: Whose wallet it is.
    """

    def __init__(self, target: Target) -> None:
        self.teller = Teller(target)
        # Whoever comes next waits for nobody any more; a lock that is still held is told within this time.
        self.teller.connection.execute(f"set lock_timeout = '{_PATIENCE}'")
        database = self.teller.connection.info.dbname
        self._target, self._database = target, database
        self._holder = Teller(target, database)
        self._monitor = target.database(database)
        self.trials = Trials(self.teller)

    def strike(self, operation: str) -> None:
        """Make the trials of one operation."""
        once, name = keys.ONCE[operation], keys.named(operation)
        unhindered(self.trials, operation)
        keyed = self.teller.wallet.takes(operation, "key")
        for held in once:
            for limit in _LIMITS:
                what = f"{name} that ran into {limit} while a deposit to wallet {held} was under way"
                self._trial(operation, f"{what}, and another after it", (limit, held), again=False)
                if keyed and limit == "lock_timeout":
                    self._trial(operation, f"{what}, made again with its key", (limit, held), again=True)
        what = f"{name} whose session ran into {_IDLE} before COMMIT, and another after it"
        self._trial(operation, what, (_IDLE, ""), again=False)

    def _trial(self, operation: str, what: str, limit: tuple[str, str], *, again: bool) -> None:
        once, legal = keys.ONCE[operation], list[Legal]()
        with self.trials.trial(Rule.TIMEOUT, operation, what, legal) as case:
            keys.wallets(case, operation)
            case.start()
            values = case.values({**keys.call_of_30(operation), "key": self.teller.key()})
            # Its session stays open, as in a pool: what it still holds, nobody else can have.
            victim = Teller(self._target, self._database)
            first = self._struck(victim, case, values, (operation, *limit))
            case.answers.append(first)
            case.moves += [moved(operation, keys.call_of_30(operation))] * 2
            following = values if again else {**values, "key": self.teller.key()}
            case.answers.append(self.teller.call(operation, **following))
            legal += ways(self.teller.wallet, once, first, again=again)

    def _struck(self, victim: Teller, case: Case, values: Values, point: tuple[str, str, str]) -> Answer:
        """Make a call that runs into a limit, and return what it answered."""
        operation, limit, held = point
        statement = self.teller.rendered(operation, values)
        shown = self.teller.rendered(operation, values, self.teller.names)
        if limit == _IDLE:
            self.teller.lines.append(f"-- in another session: begin; set {limit} = '{_IDLE_LIMIT}'; {shown};")
            return self._idle(victim, operation, statement)
        with self._holding(case, held):
            length = _LIMITS[limit]
            self.teller.lines.append(f"-- in another: begin; set local {limit} = '{length}'; {shown};")
            # Limits hold from the next message on.
            _all(victim.connection.execute(victim.batch(f"set local {limit} = '{length}'")))
            with self._given_way(victim):
                return _called(victim, operation, f"{statement};\ncommit")

    @contextmanager
    def _given_way(self, victim: Teller) -> Iterator[None]:
        """Let go of what a call wants that tries for it again and again, and so runs into no limit."""
        over, pids = Event(), [one.connection.info.backend_pid for one in (victim, self._holder)]

        def watch() -> None:
            wait = _SETTLED_S
            while not over.wait(wait):
                wait = _POLL_S
                if asleep(self._monitor, pids[:1], pids):
                    self._holder.connection.execute("rollback")
                    return

        watcher = Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            over.set()
            watcher.join()

    @contextmanager
    def _holding(self, case: Case, letter: str) -> Iterator[None]:
        """Keep a deposit to a wallet uncommitted meanwhile, which is rolled back."""
        values = case.values({"wallet": letter, "amount": "10", "key": self.teller.key()})
        shown = self.teller.rendered("deposit", values, self.teller.names)
        self.teller.lines.append(f"-- in one session: begin; {shown};")
        try:
            _all(
                self._holder.connection.execute(self._holder.batch(self._holder.rendered("deposit", values)))
            )
        except psycopg.Error as error:
            self._holder.connection.execute("rollback")
            raise WalletError(f"the deposit that holds a wallet was refused: {said(error)}") from None
        try:
            yield
        finally:
            self._holder.connection.execute("rollback")
            self.teller.lines.append("-- in the first session: rollback;")

    def _idle(self, victim: Teller, operation: str, statement: str) -> Answer:
        limit = f"set {_IDLE} = '{_IDLE_LIMIT}'"
        try:
            _all(victim.connection.execute(f"{limit};\n{victim.batch(statement).decode()}".encode()))
        except psycopg.Error as error:
            raise WalletError(f"{operation} was refused before it was idle: {said(error)}") from None
        pid, deadline = victim.connection.info.backend_pid, time.monotonic() + _BOUND_S
        gone = "select not exists (select from pg_stat_activity where pid = %s)"
        while not self._monitor.execute(gone, (pid,)).fetchone()[0]:  # type: ignore[index]  # one row
            if time.monotonic() > deadline:
                raise WalletError(f"the server did not end an idle session within {_BOUND_S:g} s")
            time.sleep(0.002)
        return Answer(operation, accepted=False, sqlstate="25P03", message="ended while idle")


def _called(victim: Teller, operation: str, batch: str) -> Answer:
    """Make a call in the transaction that is open, and end it."""
    try:
        cursor = victim.connection.execute(batch.encode())
    except psycopg.Error as error:
        if not victim.connection.closed:
            victim.connection.execute("rollback")
        return Answer(operation, accepted=False, sqlstate=error.sqlstate or "08006", message=said(error))
    row = cursor.fetchone() if cursor.description else None
    return victim.answer(operation, row[0] if row else None)


def _all(cursor: psycopg.Cursor) -> None:
    while cursor.nextset():
        pass
