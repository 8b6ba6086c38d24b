"""Ends the backend of a call before each statement of the functions that it comes to, and calls again."""

from __future__ import annotations

import select
import time
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.wallet import Rule
from pytest_readiness.gather.wallet import keys
from pytest_readiness.gather.wallet.backends import end
from pytest_readiness.gather.wallet.between.halts import SESSION, Halts, install, listener
from pytest_readiness.gather.wallet.between.instrument import instrument
from pytest_readiness.gather.wallet.teller import Teller, WalletError
from pytest_readiness.gather.wallet.trials import Case, Trials, having

if TYPE_CHECKING:
    from psycopg.pq.abc import PGconn

    from pytest_readiness.target.target import Target

_BOUND_S = 5.0
_POLL_S = 0.05
_TRIALS = 3
"""Of one call each, that wallets last for: not every wallet may hold what more of them would move."""

_MOST = 40
"""Statements of one call before which it is ended."""


@dataclass(frozen=True, slots=True)
class Opened:
    """Wallets that several trials use one after the other, and the lines by which a person opens them."""

    case: Case
    lines: tuple[str, ...]
    names: dict[str, str]

    def lend(self, case: Case) -> None:
        """Let a trial that begins have them."""
        case.ids, case.owners = dict(self.case.ids), dict(self.case.owners)
        case.teller.lines += self.lines
        case.teller.names |= self.names
        case.start()


class Interruptions:
    """Ends backends on a copy of the target whose functions stop where they are told to.

    Args:
        target: Whose wallet it is.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self.teller = Teller(target)
        self._database = self.teller.connection.info.dbname
        self._monitor = target.database(self._database)
        install(self._monitor)
        self._places = {place.number: place for place in instrument(self._monitor, self.teller.wallet).places}
        self._halts = Halts(target.database(self._database))
        self.trials = Trials(self.teller)

    def befall(self, operation: str) -> None:
        """Make the trials of one operation."""
        name = keys.named(operation)
        legal = [having(keys.ONCE[operation], accepted=None)]
        try:
            come_to = self._come_to(self._opened(operation), operation)
        except WalletError as error:
            self.trials.leave_out(Rule.CRASH, operation, f"what it stands on was refused: {error}")
            return
        if len(come_to) > _MOST:
            self.trials.leave_out(Rule.CRASH, operation, keys.left_out(_MOST, len(come_to)))
        lent: Opened | None = None
        for number, (place, step) in enumerate(islice(come_to.items(), _MOST)):
            what = f"{name} that lost its connection before {place}, made again with its key"
            with self.trials.trial(Rule.CRASH, operation, what, legal) as case:
                if lent is None or number % _TRIALS == 0:
                    lent = self._opened(operation)
                    self.teller.begin()
                lent.lend(case)
                values = self._values(case, operation)
                shown = self.teller.rendered(operation, values, self.teller.names)
                self.teller.lines.append(f"-- in another session, which is cut off before {place}: {shown};")
                self._interrupt(self.teller.rendered(operation, values), step)
                case.answers.append(self.teller.call(operation, **values))

    def _opened(self, operation: str) -> Opened:
        """Open wallets that last for several trials, with what other trials open them with.

        Raises:
            WalletError: They were refused.
        """
        self.teller.begin()
        case = Case(self.teller)
        keys.wallets(case, operation)
        return Opened(case, tuple(self.teller.lines), dict(self.teller.names))

    def _come_to(self, opened: Opened, operation: str) -> dict[str, int]:
        """Make a call that is rolled back; return the statements it comes to, and at which step first."""
        values = self._values(opened.case, operation)
        victim, told = self._victim(), dict[str, int]()

        def take(place: int, step: int) -> None:
            if step:
                told.setdefault(str(self._places[place]), step)

        handler = listener(take)
        victim.connection.add_notice_handler(handler)
        self._halts.reset()
        try:
            victim.connection.execute(victim.batch(self.teller.rendered(operation, values)))
        except psycopg.Error:
            return {}  # told by the trials that hold it nowhere
        finally:
            victim.connection.rollback()
            victim.connection.close()
        return told

    def _interrupt(self, statement: str, step: int) -> None:
        """Make a call, and end its backend before this statement.

        Raises:
            WalletError: It does not come there, or cannot be ended.
        """
        victim, came = self._victim(), list[int]()
        victim.connection.add_notice_handler(listener(lambda _, passed: came.append(passed)))
        self._halts.reset()
        self._halts.hold(0, step)
        try:
            pgconn, until = victim.connection.pgconn, time.monotonic() + _BOUND_S
            pgconn.send_query(victim.batch(statement))
            while step not in came:
                if time.monotonic() > until or _is_over(pgconn):
                    raise WalletError(f"the call did not come to its statement {step} again")
                if step not in came:
                    select.select([pgconn.socket], [], [], _POLL_S)
            if not end(self._monitor, victim.connection.info.backend_pid, _BOUND_S):
                raise WalletError(f"the session could not be ended within {_BOUND_S:g} s")
        finally:
            self._halts.reset()
            victim.connection.close()

    def _victim(self) -> Teller:
        victim = Teller(self._target, self._database)
        victim.connection.execute(f"set {SESSION} = '0'".encode())
        return victim

    def _values(self, case: Case, operation: str) -> dict[str, str | None]:
        return case.values({**keys.call_of_30(operation), "key": self.teller.key()})


def _is_over(pgconn: PGconn) -> bool:
    """Take what has come; tell whether the call is over."""
    pgconn.consume_input()
    while not pgconn.is_busy():
        if pgconn.get_result() is None:
            return True
    return False
