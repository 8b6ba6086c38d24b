"""Whether an outcome of calls side by side is one that some order of the same calls, one by one, has too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.wallet.anomalies import DEADLOCK, HANGS, anomaly
from pytest_readiness.judges.wallet.outcomes import allows
from pytest_readiness.judges.wallet.replays import replay

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from pytest_readiness.evidence.wallet import Exploration, Observed, Outcome

_WIDEST = 48
"""Characters of a column of steps."""

REPLAYS = 3
"""How often an outcome that no order explains is brought about again."""

CONFLICTS = ("40001", "40P01", "55P03")
"""What the server, or a wallet that does not wait, says to a caller who had better try again."""


def orders(counts: Sequence[int]) -> Iterator[str]:
    """Yield the orders of steps of several sessions, each in its own order.

    Args:
        counts: Steps of each session.
    """
    if not any(counts):
        yield ""
    for session, count in enumerate(counts):
        if count:
            rest = [c - (i == session) for i, c in enumerate(counts)]
            for order in orders(rest):
                yield f"{session}{order}"


def explained(observed: Observed) -> bool:
    """Tell whether a serial order of what was not aborted leads to the same."""
    outcome = observed.outcome
    if outcome.troubles or any(HANGS in answer for answer in outcome.answers):
        return False
    return allows(observed)


def deadlocked(observed: Observed) -> bool:
    """Tell whether it ended in a deadlock, whomever the server chose to end."""
    return any(DEADLOCK in answer for answer in observed.outcome.answers)


def told(exploration: Exploration, observed: Observed) -> str:
    """Say what was seen, what would have been allowed, and how it came about."""
    seen = f"seen again {observed.replays} of {REPLAYS} times" if observed.replays else "not seen again"
    unstable = "" if observed.replays == REPLAYS else ", so it is unstable"
    lines = [
        f"{exploration.scenario}, at {exploration.level}: {anomaly(observed)}, {seen}{unstable}.",
        *ended(exploration, observed),
    ]
    return "\n".join(lines)


def ended(exploration: Exploration, observed: Observed) -> Iterator[str]:
    """Yield the lines that say how a run ended, how it may, and how it came about."""
    yield f"Before: {_balances(exploration.before)}. Now: {_ended(observed.outcome)}."
    yield from observed.outcome.troubles
    ways = "; or ".join(dict.fromkeys(_ended(allowed) for allowed in observed.allowed))
    yield f"One after the other they end so: {ways}."
    yield f"Replay: {replay(exploration, observed).command}"
    yield from columns(observed.lanes)


def columns(lanes: Sequence[tuple[int, str]]) -> Iterator[str]:
    """Yield the lines of a table with one column for each session, in the order of steps."""
    count = 1 + max((number for number, _ in lanes), default=0)
    texts = [[text[:_WIDEST] for number, text in lanes if number == column] for column in range(count)]
    widths = [max(len(text) for text in [f"session {column}", *texts[column]]) for column in range(count)]

    def line(cells: Sequence[str]) -> str:
        return " │ ".join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()

    yield line([f"session {column}" for column in range(count)])
    yield "─┼─".join("─" * width for width in widths)
    for number, text in lanes:
        yield line([text[:_WIDEST] if column == number else "" for column in range(count)])


def _ended(outcome: Outcome) -> str:
    return f"{'; '.join(outcome.answers)}; balances {_balances(outcome.balances)}"


def _balances(balances: Iterable[tuple[str, str]]) -> str:
    return ", ".join(f"{letter} {balance}" for letter, balance in balances)
