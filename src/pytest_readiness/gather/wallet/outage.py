"""Ends the backends of a service at COMMIT, loses its answers, and makes the same call again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Rule
from pytest_readiness.gather.wallet import keys, teller
from pytest_readiness.gather.wallet.adapted import AdaptedTeller
from pytest_readiness.gather.wallet.gate import Gate
from pytest_readiness.gather.wallet.teller import WalletError
from pytest_readiness.gather.wallet.trials import Trials, having

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Any

    from pytest_readiness.gather.wallet.trials import Case
    from pytest_readiness.target.target import Target

_TRIES = 3
"""A pooled connection that died is answered by an error, once or twice."""

_MOST_COMMITS = 5


class Outages:
    """Lets connections of a service be lost on one copy of the target.

    Args:
        target: Whose wallet it is.
    """

    def __init__(self, target: Target) -> None:
        self.teller = AdaptedTeller(target)
        self.gate = Gate(target.database(self.teller.connection.info.dbname))
        self.trials = Trials(self.teller)

    def befall(self, operation: str) -> None:
        """Make the trials of one operation."""
        once = keys.ONCE[operation]
        name = f"{'an' if operation == 'exchange' else 'a'} {operation} of 30"
        commits = 0
        with self.trials.trial(Rule.CRASH, operation, name, [having(once)], control=True) as case:
            keys.wallets(case, operation)
            case.start()
            values = self._values(case, operation)
            future, commits = self._until(operation, values, _MOST_COMMITS)
            case.answers.append(self.teller.finish(operation, future))
        for number in range(commits):
            which = "COMMIT" if commits == 1 else f"COMMIT {number + 1} of {commits}"
            what = f"{name} whose connection was lost at {which}, made again with its key"
            with self.trials.trial(Rule.CRASH, operation, what, [having(once, accepted=None)]) as case:
                self._again(case, operation, number)
        what = f"{name} whose answer was lost, made again with its key"
        with self.trials.trial(Rule.CRASH, operation, what, [having(once, accepted=None)]) as case:
            self._again(case, operation, None)

    def _again(self, case: Case, operation: str, cut_at: int | None) -> None:
        keys.wallets(case, operation)
        case.start()
        values = self._values(case, operation)
        call = self.teller.rendered(operation, values, self.teller.names)
        self.teller.lines.append(f"{call}  # its backend is ended at COMMIT, or its answer is lost")
        if cut_at is None:
            self.teller.finish(operation, self.teller.submit(operation, values))
        else:
            future, _ = self._until(operation, values, cut_at, end=True)
            self.teller.finish(operation, future)
        for _ in range(_TRIES):
            answer = self.teller.call(operation, **values)
            if answer.accepted:
                break
        case.answers.append(answer)

    def _until(
        self, operation: str, values: dict[str, str | None], commits: int, *, end: bool = False
    ) -> tuple[Future[Any], int]:
        """Let a call pass this many commits, and end its backend at the next if told to.

        Returns:
            What it will have answered, and the number of commits that were seen.

        Raises:
            WalletError: It neither commits nor answers.
        """
        self.gate.close()
        try:
            future, seen = self.teller.submit(operation, values), 0
            while True:
                stopped = self.gate.until(lambda: future.done() or bool(self.gate.held()), teller.LIMIT_S)
                if not stopped:
                    raise WalletError(f"{operation} neither committed nor answered within {teller.LIMIT_S} s")
                held = self.gate.held()
                if not held:
                    return future, seen
                for pid in held:
                    if end and seen == commits:
                        self.gate.end(pid)
                        return future, seen
                    self.gate.release(pid)
                    seen += 1
        finally:
            self.gate.open()

    def _values(self, case: Case, operation: str) -> dict[str, str | None]:
        body = keys.body(operation, "30", "a", "a" if operation == "deposit" else "b")
        return case.values({**body, "key": self.teller.key()})
