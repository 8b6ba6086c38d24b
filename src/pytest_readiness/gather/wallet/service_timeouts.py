"""Lets requests to a service wait until a limit strikes, whoever set it, and looks at what they leave."""

from __future__ import annotations

import time
from dataclasses import replace
from itertools import product
from typing import TYPE_CHECKING

from pytest_readiness.evidence.wallet import Legal, Rule
from pytest_readiness.gather.wallet import keys
from pytest_readiness.gather.wallet.backends import settle
from pytest_readiness.gather.wallet.gate import Gate
from pytest_readiness.gather.wallet.teller import WalletError
from pytest_readiness.gather.wallet.trials import Trials, having, moved
from pytest_readiness.gather.wallet.wire.teller import proxied

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
SHORT, LONG = "100ms", "2500ms"
"""Lengths of the limit: of those that strike first, and of one that leaves a service time for its own."""

_HELD = "10"

_ARRIVES_S, _SETTLED_S = 2.0, 0.03
"""Within which a deposit comes to its COMMIT, and after which nothing else does."""

_MEETS_S, _STRIKES_S = 1.0, 6.0
"""Within which a request waits for what the deposit holds, and then has run into the limit or another."""

_WAITING = """
select exists (select from pg_stat_activity where wait_event_type = 'Lock'
  and datname = current_database() and pg_blocking_pids(pid) && %s::int[])
"""

_MOST_COMMITS = 8
"""Of one deposit; what commits again and again has no end that it could be held at."""

_IN_DOUBT = ("502", "504")
"""Statuses by which a service says that it did not learn how a request ended."""

_POLL_S = 0.002


class ServiceTimeouts:
    """Lets the limit strike on one copy of the target, whose connections have it unless they set another.

    Args:
        target: Whose wallet it is.
        length: Of the limit.

    Raises:
        AdapterError: The adapter cannot be used.
        WireError: The proxy did not start.
    """

    def __init__(self, target: Target, length: str = SHORT) -> None:
        self._length = length
        self.teller, wire = proxied(target, limits={_LIMIT: length})
        database, self._owner = self.teller.connection.info.dbname, target.built.owner
        self._monitor = target.database(database)
        keeper = target.database(database)
        keeper.execute(f"set {_LIMIT} = 0")
        self._gate = Gate(keeper, wire.apart.relations)
        self.trials = Trials(self.teller)
        self._commits = 0

    def strike(self, operation: str) -> None:
        """Make the trials of one operation."""
        unhindered(self.trials, operation)
        for held in keys.ONCE[operation]:
            what = self._met_what(operation, held)
            self._trial(operation, f"{what}, and another after it", held, again=False)
            if self.teller.wallet.takes(operation, "key"):
                self._trial(operation, f"{what}, made again with its key", held, again=True)

    def outlast(self, operation: str) -> None:
        """Make the trial of one operation in which a service may answer before the limit strikes.

        What it has refused so must be done by nobody afterwards: whoever works for it may wait on.
        """
        held = next(iter(keys.ONCE[operation]))
        self._trial(operation, f"{self._met_what(operation, held)}, and another after it", held, again=False)

    def _met_what(self, operation: str, held: str) -> str:
        met = f"that met a deposit to wallet {held} under way, where {_LIMIT} is {self._length}"
        return f"{keys.named(operation)} {met}"

    def _trial(self, operation: str, what: str, held: str, *, again: bool) -> None:
        legal = list[Legal]()
        with self.trials.trial(Rule.TIMEOUT, operation, what, legal) as case:
            for called in (operation, "deposit"):
                if why := dict(self.teller.manners.unusable).get(called):
                    raise WalletError(why)
            keys.wallets(case, operation)
            self._commits = self._commits or self._rehearsed(case)
            case.start()
            values = case.values({**keys.call_of_30(operation), "key": self.teller.key()})
            first, before = self._met(case, operation, values, held)
            case.answers.append(first)
            case.moves += [moved(operation, keys.call_of_30(operation))] * 2
            case.moves.append(moved("deposit", {"wallet": held, "amount": _HELD}))
            following = values if again else {**values, "key": self.teller.key()}
            case.answers.append(self._next(operation, following))
            for done, answered in product(_perhaps(before), _perhaps(first)):
                beside = {held: _HELD} if done.accepted else {}
                legal += ways(self.teller.wallet, keys.ONCE[operation], answered, again=again, beside=beside)

    def _next(self, operation: str, values: Values) -> Answer:
        """Make a call that does not take the turn of the first: by another instance, if there is one.

        What a session of the first still holds, another cannot have.
        """
        settle(self._monitor, self._owner)
        self.teller.lines.append(self.teller.rendered(operation, values, self.teller.names))
        return self.teller.finish(operation, self.teller.submit(operation, values, 0))

    def _rehearsed(self, case: Case) -> int:
        """Return how often a deposit commits: what it holds at the end is what another call waits for.

        Raises:
            WalletError: It comes to no COMMIT that can be held, or to too many.
        """
        values = case.values({"wallet": "d", "amount": _HELD, "key": self.teller.key()})
        commits = 0
        self._gate.close()
        try:
            alone = self.teller.submit("deposit", values, 0)
            while commits <= _MOST_COMMITS and self._at_gate(alone):
                commits += 1
                self._let_pass(set())
        finally:
            self._gate.open()
        self.teller.finish("deposit", alone)
        if not 0 < commits <= _MOST_COMMITS:
            raise WalletError(f"no deposit can be under way: it was held at {commits} COMMITs")
        return commits

    def _met(self, case: Case, operation: str, values: Values, held: str) -> tuple[Answer, Answer]:
        """Make a call while a deposit is held at its last COMMIT, and return what both were answered.

        Raises:
            WalletError: Nothing was under way, or no limit struck.
        """
        deposit = case.values({"wallet": held, "amount": _HELD, "key": self.teller.key()})
        for name, given in (("deposit", deposit), (operation, values)):
            shown = self.teller.rendered(name, given, self.teller.names)
            self.teller.lines.append(f"{shown}  # both at once, where {_LIMIT} is {self._length}")
        self._gate.close()
        try:
            under_way = self.teller.submit("deposit", deposit, 0)
            at_gate = self._at_gate(under_way)
            for _ in range(self._commits - 1):
                self._let_pass(set())
                at_gate = self._at_gate(under_way)
            if not at_gate:
                raise WalletError("a deposit was over before it was held, so that nothing was under way")
            future = self.teller.submit(operation, values, 1)
            struck = self._struck(future, at_gate)
        finally:
            self._gate.open()
        answer = self.teller.finish(operation, future)
        before = self.teller.finish("deposit", under_way)
        if not struck:
            raise WalletError(f"it waited for a lock for {_STRIKES_S:g} s, and no limit struck")
        return answer, before

    def _at_gate(self, under_way: Future[Any]) -> set[int]:
        """Return which backends are held once a deposit is; nobody where it was answered before."""
        until, since, held = time.monotonic() + _ARRIVES_S, time.monotonic(), set[int]()
        while not under_way.done() and time.monotonic() < until:
            now = {*self._gate.held()}
            if now != held:
                held, since = now, time.monotonic()
            elif held and time.monotonic() - since > _SETTLED_S:
                return held
            time.sleep(_POLL_S)
        return set()

    def _let_pass(self, at_gate: set[int]) -> None:
        for pid in self._gate.held().keys() - at_gate:
            self._gate.release(pid)

    def _struck(self, future: Future[Any], at_gate: set[int]) -> bool:
        """Tell whether a request is answered before what it waits for is let go; it may wait for nothing."""
        waited, started = False, time.monotonic()
        while not future.done():
            self._let_pass(at_gate)
            waited = waited or self._monitor.execute(_WAITING, ([*at_gate],)).fetchone() == (True,)
            if time.monotonic() - started > (_STRIKES_S if waited else _MEETS_S):
                return not waited
            time.sleep(_POLL_S)
        return True


def _perhaps(answer: Answer) -> list[Answer]:
    """Return an answer, and the other that it may stand for where it leaves open what was done."""
    in_doubt = not answer.accepted and answer.sqlstate.startswith(_IN_DOUBT)
    return [answer, replace(answer, accepted=True)] if in_doubt else [answer]


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
