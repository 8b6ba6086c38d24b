"""Cuts connections before, at and after COMMIT, and makes the same call again with the same key."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.wallet import CrashEvidence, Rule, Unassessed
from pytest_readiness.gather.store import EvidenceError
from pytest_readiness.gather.wallet import keys
from pytest_readiness.gather.wallet.backends import Backends, end, gone
from pytest_readiness.gather.wallet.battery import ABSENT, keyed
from pytest_readiness.gather.wallet.between.interruptions import Interruptions
from pytest_readiness.gather.wallet.outage import Outages
from pytest_readiness.gather.wallet.teller import Teller, WalletError, said
from pytest_readiness.gather.wallet.trials import Trials, having
from pytest_readiness.gather.wallet.wire.wire import WireError
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.gather.wallet.trials import Case

_BOUND_S = 5.0
_POLL_S = 0.001
_IDLE = "select state = 'idle' from pg_stat_activity where pid = %s"


@gatherer(strength=Strength.ATTACKED)
def crash(target: Target) -> CrashEvidence:
    """Lose the connection of each operation at each point, and make the call again from another.

    Raises:
        EvidenceError: Nothing can be held between a service and its server.
    """
    declared = target.settings.wallet
    if not declared.declared:
        return CrashEvidence(absent=ABSENT)
    try:
        accidents = Outages(target) if declared.adapter else Accidents(target)
    except WireError as error:
        raise EvidenceError("not assessable", str(error)) from None
    declared = accidents.teller.wallet
    fates: list[Outages | Accidents | Interruptions]
    fates = [accidents] if isinstance(accidents, Outages) else [accidents, Interruptions(target)]
    missing = []
    for operation in ("deposit", "transfer", "exchange"):
        if getattr(declared, operation) and declared.takes(operation, "key"):
            for fate in fates:
                fate.befall(operation)
        elif operation != "exchange":
            missing.append(Unassessed(Rule.CRASH, operation, keyed(declared, operation)))
    return CrashEvidence(tuple(made for fate in fates for made in fate.trials.made), tuple(missing))


class Accidents:
    """Loses connections on one copy of the target.

    Args:
        target: Whose wallet it is.
    """

    def __init__(self, target: Target) -> None:
        self._target = target
        self.teller = Teller(target)
        self.database = self.teller.connection.info.dbname
        self.monitor = target.database(self.database)
        self._backends = Backends(self.monitor)
        self.trials = Trials(self.teller)

    def befall(self, operation: str) -> None:
        """Make the trials of one operation."""
        once = keys.ONCE[operation]
        name = keys.named(operation)
        with self.trials.trial(Rule.CRASH, operation, name, [having(once)], control=True) as case:
            keys.wallets(case, operation)
            case.call(operation, **keys.call_of_30(operation), key=self.teller.key())
        for when, lose in self._points():
            # Whatever the second call answers: the first may have been done, and then a refusal is true.
            legal = [having(once, accepted=None)]
            what = f"{name} that lost its connection {when}, made again with its key"
            with self.trials.trial(Rule.CRASH, operation, what, legal) as case:
                keys.wallets(case, operation)
                case.start()
                values = case.values({**keys.call_of_30(operation), "key": self.teller.key()})
                self._lose(case, operation, values, (when, lose))
                case.answers.append(self.teller.call(operation, **values))

    def _points(self) -> Iterator[tuple[str, Callable[[Teller], None]]]:
        yield "while it waited", lambda _: None
        yield "before COMMIT", self._kill
        yield "at COMMIT", self._kill_at_commit
        yield "after COMMIT, its answer unread", self._hang_up_after_commit

    def _lose(
        self,
        case: Case,
        operation: str,
        values: dict[str, str | None],
        point: tuple[str, Callable[[Teller], None]],
    ) -> None:
        when, lose = point
        statement = self.teller.rendered(operation, values)
        victim = Teller(self._target, self.database)
        self.teller.lines.append(
            f"-- in another session, which is cut off {when}: begin; "
            f"{self.teller.rendered(operation, values, self.teller.names)};"
        )
        if when == "while it waited":
            self._kill_while_it_waits(victim, case, statement)
            return
        try:
            cursor = victim.connection.execute(victim.batch(statement))
        except psycopg.Error as error:
            raise WalletError(
                f"{operation} was refused before the accident: {error}".split("\n")[0]
            ) from None
        while cursor.nextset():
            pass
        lose(victim)

    def _kill_while_it_waits(self, victim: Teller, case: Case, statement: str) -> None:
        """Cut off a call that waits for another, which is rolled back."""
        holder = Teller(self._target, self.database)
        holding = case.values(keys.body("deposit", "10", "", "a") | {"key": self.teller.key()})
        try:
            cursor = holder.connection.execute(holder.batch(holder.rendered("deposit", holding)))
        except psycopg.Error as error:
            raise WalletError(f"deposit was refused, which it was to wait for: {said(error)}") from None
        while cursor.nextset():
            pass
        victim.connection.pgconn.send_query(victim.batch(statement))
        pid, other = victim.connection.info.backend_pid, holder.connection.info.backend_pid
        # A wallet that waits for nobody is cut off wherever it then is.
        _until(lambda: self._backends.wait([pid], [pid, other]), 0.2)
        self._kill(victim)
        holder.connection.execute("rollback")

    def _kill(self, victim: Teller) -> None:
        pid = victim.connection.info.backend_pid
        if not end(self.monitor, pid, _BOUND_S):
            raise WalletError(f"the session could not be ended within {_BOUND_S:g} s")
        victim.connection.close()

    def _kill_at_commit(self, victim: Teller) -> None:
        """End the session while it commits: it may have, or not, and its caller cannot know."""
        victim.connection.pgconn.send_query(b"commit")
        self._kill(victim)

    def _hang_up_after_commit(self, victim: Teller) -> None:
        pid = victim.connection.info.backend_pid
        victim.connection.pgconn.send_query(b"commit")
        _until(lambda: self.monitor.execute(_IDLE, (pid,)).fetchone() == (True,), _BOUND_S)
        victim.connection.close()
        gone(self.monitor, pid, _BOUND_S)


def _until(holds: Callable[[], bool], limit_s: float) -> None:
    """Wait for something to hold, but no longer than this."""
    deadline = time.monotonic() + limit_s
    while time.monotonic() < deadline and not holds():
        time.sleep(_POLL_S)
