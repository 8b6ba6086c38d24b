"""Loses the connection of a service before and after each of its statements, and makes the call again."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Rule
from pytest_readiness.gather.wallet import keys, teller
from pytest_readiness.gather.wallet.backends import Backends, settle
from pytest_readiness.gather.wallet.teller import WalletError
from pytest_readiness.gather.wallet.trials import Trials, having
from pytest_readiness.gather.wallet.wire.lines import Lines
from pytest_readiness.gather.wallet.wire.passage import Passage, points
from pytest_readiness.gather.wallet.wire.teller import proxied

if TYPE_CHECKING:
    from concurrent.futures import Future
    from typing import Any

    from pytest_readiness.gather.wallet.trials import Case
    from pytest_readiness.gather.wallet.wire.lines import Asked
    from pytest_readiness.gather.wallet.wire.passage import Point
    from pytest_readiness.target.target import Target

_TRIES = 3
"""A pooled connection that died is answered by an error, once or twice."""

_MOST_POINTS = 24
UNSEEN = (
    "it sent no statement through the URL that the factory was called with: let the service connect by that "
    "URL, without TLS"
)


class Outages:
    """Lets connections of a service be lost on one copy of the target.

    Args:
        target: Whose wallet it is.

    Raises:
        AdapterError: The adapter cannot be used.
        WireError: The proxy did not start.
    """

    def __init__(self, target: Target) -> None:
        self.teller, self.wire = proxied(target)
        self._backends = Backends(target.database(self.teller.connection.info.dbname))
        self._owner = target.built.owner
        self._leaves = bool(self.wire.apart.left - self.wire.apart.shapes)
        self._lines = Lines()
        self.trials = Trials(self.teller)

    def befall(self, operation: str) -> None:
        """Make the trials of one operation."""
        statements: dict[Point, Asked] = {}
        once = keys.ONCE[operation]
        name = keys.named(operation)
        with self.trials.trial(Rule.CRASH, operation, name, [having(once)], control=True) as case:
            statements = self._watched(case, operation)
        if len(statements) > _MOST_POINTS:
            self.trials.leave_out(Rule.CRASH, operation, keys.left_out(_MOST_POINTS, len(statements)))
        for number, (point, asked) in enumerate(islice(statements.items(), _MOST_POINTS)):
            for when in ("before", "after"):
                what = f"{name} whose connection was lost {when} its statement {number + 1} ({asked.shown})"
                with self.trials.trial(
                    Rule.CRASH, operation, f"{what}, made again with its key", [having(once, accepted=None)]
                ) as case:
                    self._again(case, operation, (point, when))
        what = f"{name} whose answer was lost, made again with its key"
        with self.trials.trial(Rule.CRASH, operation, what, [having(once, accepted=None)]) as case:
            self._again(case, operation, None)

    def _watched(self, case: Case, operation: str) -> dict[Point, Asked]:
        """Make a call, and return the statements that it sent."""
        values = self._prepared(case, operation)
        with self._passage() as passage:
            future = self._submit(operation, values, passage)
            statements = points(passage.all_of(future, leaves=self._leaves))
            case.answers.append(self.teller.finish(operation, future))
        if not statements:
            raise WalletError(UNSEEN)
        return statements

    def _again(self, case: Case, operation: str, lost: tuple[Point, str] | None) -> None:
        values = self._prepared(case, operation)
        call = self.teller.rendered(operation, values, self.teller.names)
        if lost is None:
            self.teller.lines.append(f"{call}  # its answer is lost")
            self.teller.finish(operation, self.teller.submit(operation, values, 0))
        else:
            point, when = lost
            self.teller.lines.append(f"{call}  # its connection is lost {when} {point.shape}")
            with self._passage() as passage:
                future = self._submit(operation, values, passage)
                passage.cut(future, point, sent=when == "after")
                self.teller.finish(operation, future)
        for _ in range(_TRIES):
            answer = self.teller.call(operation, **values)
            if answer.accepted:
                break
        case.answers.append(answer)

    def _prepared(self, case: Case, operation: str) -> dict[str, str | None]:
        keys.wallets(case, operation)
        case.start()
        if self._leaves:
            settle(self._backends.monitor, self._owner)
        return case.values({**keys.call_of_30(operation), "key": self.teller.key()})

    def _submit(self, operation: str, values: dict[str, str | None], passage: Passage) -> Future[Any]:
        future = self.teller.submit(operation, values, 0)
        future.add_done_callback(passage.answered)
        return future

    def _passage(self) -> Passage:
        return Passage(self.wire, self._backends, self._lines, teller.LIMIT_S)
