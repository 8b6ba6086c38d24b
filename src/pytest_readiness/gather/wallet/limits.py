"""Lets requests to a service run into the lock limit of its connections, and looks at what they leave."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Legal, Rule
from pytest_readiness.gather.wallet import keys
from pytest_readiness.gather.wallet.adapted import AdaptedTeller
from pytest_readiness.gather.wallet.gate import Gate
from pytest_readiness.gather.wallet.teller import WalletError
from pytest_readiness.gather.wallet.trials import Trials, having, moved

if TYPE_CHECKING:
    from collections.abc import Mapping
    from concurrent.futures import Future
    from typing import Any

    from pytest_readiness.evidence.wallet import Answer
    from pytest_readiness.gather.wallet.teller import Values
    from pytest_readiness.gather.wallet.trials import Case
    from pytest_readiness.settings import Wallet
    from pytest_readiness.target.target import Target

_LIMIT = "lock_timeout"
_LENGTH = "100ms"
_HELD = "10"

_ARRIVES_S, _SETTLED_S = 2.0, 0.03
"""Within which a deposit comes to its COMMIT, and after which nothing else does."""

_MEETS_S = 1.0
"""Within which a request has run into the limit; one that has not is let do what it wants."""

_POLL_S = 0.002


class ServiceLimits:
    """Lets the limit strike on one copy of the target, whose connections have it unless they set another.

    Args:
        target: Whose wallet it is.

    Raises:
        AdapterError: The adapter cannot be used.
    """

    def __init__(self, target: Target) -> None:
        self.teller = AdaptedTeller(target, limits={_LIMIT: _LENGTH})
        self._gate = Gate(target.database(self.teller.connection.info.dbname))
        self.trials = Trials(self.teller)

    def strike(self, operation: str) -> None:
        """Make the trials of one operation."""
        unhindered(self.trials, operation)
        for held in keys.ONCE[operation]:
            met = f"that met a deposit to wallet {held} under way, where {_LIMIT} is {_LENGTH}"
            what = f"{keys.named(operation)} {met}"
            self._trial(operation, f"{what}, and another after it", held, again=False)
            if self.teller.wallet.takes(operation, "key"):
                self._trial(operation, f"{what}, made again with its key", held, again=True)

    def _trial(self, operation: str, what: str, held: str, *, again: bool) -> None:
        legal = list[Legal]()
        with self.trials.trial(Rule.TIMEOUT, operation, what, legal) as case:
            keys.wallets(case, operation)
            case.start()
            values = case.values({**keys.call_of_30(operation), "key": self.teller.key()})
            first = self._met(case, operation, values, held)
            case.answers.append(first)
            case.moves += [moved(operation, keys.call_of_30(operation))] * 2
            case.moves.append(moved("deposit", {"wallet": held, "amount": _HELD}))
            following = values if again else {**values, "key": self.teller.key()}
            case.answers.append(self._next(operation, following))
            legal += ways(self.teller.wallet, keys.ONCE[operation], first, again=again, beside={held: _HELD})

    def _next(self, operation: str, values: Values) -> Answer:
        """Make a call by another instance: what a session of the first still holds, this one cannot have."""
        self.teller.lines.append(self.teller.rendered(operation, values, self.teller.names))
        return self.teller.finish(operation, self.teller.submit(operation, values, 0))

    def _met(self, case: Case, operation: str, values: Values, held: str) -> Answer:
        """Make a call while a deposit is held at its COMMIT, and return what it was answered."""
        deposit = case.values({"wallet": held, "amount": _HELD, "key": self.teller.key()})
        for name, given in (("deposit", deposit), (operation, values)):
            shown = self.teller.rendered(name, given, self.teller.names)
            self.teller.lines.append(f"{shown}  # both at once, where {_LIMIT} is {_LENGTH}")
        self._gate.close()
        try:
            under_way = self.teller.submit("deposit", deposit, 0)
            at_gate = self._settled(under_way)
            future = self.teller.submit(operation, values, 1)
            self._let_others_pass(future, at_gate)
        finally:
            self._gate.open()
        answer = self.teller.finish(operation, future)
        before = self.teller.finish("deposit", under_way)
        if not before.accepted:
            raise WalletError(f"the deposit that was under way was refused: {before}")
        return answer

    def _settled(self, under_way: Future[Any]) -> set[int]:
        """Return which backends are held once the deposit is; what was left to be done before may be, too."""
        until, since, held = time.monotonic() + _ARRIVES_S, time.monotonic(), set[int]()
        while not under_way.done() and time.monotonic() < until:
            now = {*self._gate.held()}
            if now != held:
                held, since = now, time.monotonic()
            elif held and time.monotonic() - since > _SETTLED_S:
                break
            time.sleep(_POLL_S)
        return held

    def _let_others_pass(self, future: Future[Any], at_gate: set[int]) -> None:
        until = time.monotonic() + _MEETS_S
        while not future.done() and time.monotonic() < until:
            for pid in self._gate.held().keys() - at_gate:
                self._gate.release(pid)
            time.sleep(_POLL_S)


def unhindered(trials: Trials, operation: str) -> None:
    """Make a call that runs into nothing: without it a refusal tells nothing."""
    legal, name = [having(keys.ONCE[operation])], keys.named(operation)
    with trials.trial(Rule.TIMEOUT, operation, name, legal, control=True) as case:
        keys.wallets(case, operation)
        case.call(operation, **keys.call_of_30(operation), key=trials.teller.key())


def ways(
    declared: Wallet, once: keys.Gains, first: Answer, *, again: bool, beside: Mapping[str, str] | None = None
) -> list[Legal]:
    """Return how a trial may end: a call that was refused has done nothing, and one that was not, all.

    Args:
        declared: The wallet's settings.
        once: What wallets gain from one call.
        first: The answer of the call that ran into a limit.
        again: Whether the next call is the same one with its key, and not another.
        beside: What wallets gain from somebody else.
    """
    more = beside or {}
    if again:
        # A wallet that keeps refusals for their keys may repeat this one.
        keeps = declared.replays_failures is not False and not first.accepted
        kept = [having(more, accepted=False)] if keeps else []
        return [having(keys.added(once, more), accepted=None), *kept]
    done = keys.added(once, once) if first.accepted else once
    return [having(keys.added(done, more))]
