"""What the calls of a scenario lead to one after the other: run when it is first asked for, and kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from pytest_readiness.judges.wallet.meetings import LEFT_OUT
from pytest_readiness.judges.wallet.serial import explained, orders

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.wallet import Observed, Outcome
    from pytest_readiness.gather.wallet.scenarios import Scenario


class OneByOne(Protocol):
    """Runs the calls of a scenario in one order of whole calls."""

    def __call__(self, scenario: Scenario, order: str) -> Sequence[Outcome]:
        """Return how things stood after each call; one at a time costs no more than the last alone."""


@dataclass(frozen=True, slots=True)
class _Key:
    """An order of some of the operations; the others are left out."""

    aborted: tuple[int, ...]
    order: str


class Oracle:
    """The serial orders of one scenario.

    Args:
        scenario: Whose calls they are.
        run: How one order is run.
    """

    def __init__(self, scenario: Scenario, run: OneByOne) -> None:
        self._scenario = scenario
        self._run = run
        self._known: dict[_Key, Outcome] = {}
        # Operations are counted through all sessions.
        self._owners = [n for n, session in enumerate(scenario.sessions) for _ in session]

    def compared(self, seen: Observed, committed: str = "", *, whole: bool = False) -> Observed:
        """Add what serial orders of what was not aborted lead to.

        Args:
            seen: A run.
            committed: The sessions of its operations in the order that they ended in, where it is known.
            whole: Whether all of them are wanted, even where one explains it.
        """
        allowed: list[Outcome] = []
        for order in self._likely_first(seen, committed):
            allowed.append(self._outcome(_Key(seen.aborted, order)))
            known = replace(seen, allowed=tuple(allowed))
            if not whole and explained(known):
                return known
        return replace(seen, allowed=tuple(allowed))

    def _likely_first(self, seen: Observed, committed: str) -> Iterator[str]:
        """Yield orders of what is left, the one in which it was committed before the others."""
        left = [0] * len(self._scenario.sessions)
        positions = {str(n): [] for n in range(len(left))}  # type: dict[str, list[int]]
        for position, session in enumerate(self._owners):
            left[session] += position not in seen.aborted
            positions[str(session)].append(position)
        likely = "".join(digit for digit in committed if positions[digit].pop(0) not in seen.aborted)
        yield from sorted(orders(left), key=lambda order: order != likely)

    def _outcome(self, key: _Key) -> Outcome:
        if key not in self._known:
            index, left = 0, []
            for session in self._scenario.sessions:
                left.append(tuple(op for i, op in enumerate(session, index) if i not in key.aborted))
                index += len(session)
            # Without an exchange wallets would be of other currencies than they were in the run.
            fewer = replace(self._scenario, sessions=tuple(left), abroad=self._scenario.foreign)
            outcomes = self._run(fewer, key.order)
            for count, outcome in enumerate(outcomes, len(key.order) - len(outcomes) + 1):
                self._keep(key, count, outcome)
        return self._known[key]

    def _keep(self, key: _Key, count: int, outcome: Outcome) -> None:
        """Remember how things stood after some of the calls: so do they without the others."""
        taken = [key.order[:count].count(str(session)) for session in range(len(self._scenario.sessions))]
        aborted, answers, rest = [], [], iter(outcome.answers)
        for position, session in enumerate(self._owners):
            if position in key.aborted or not taken[session]:
                aborted.append(position)
                answers.append(LEFT_OUT)
            else:
                taken[session] -= 1
                answers.append(next(rest))
        known = _Key(tuple(aborted), key.order[:count])
        self._known.setdefault(known, replace(outcome, answers=tuple(answers)))
