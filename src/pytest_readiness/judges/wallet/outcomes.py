"""What two runs have in common, told by what callers see of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.wallet import Observed, Outcome


def allows(observed: Observed) -> bool:
    """Tell whether some order leads to the same balances and the same answers of what was not aborted."""
    return any(_same(observed.outcome, allowed, observed.aborted) for allowed in observed.allowed)


def _same(outcome: Outcome, allowed: Outcome, aborted: tuple[int, ...]) -> bool:
    return outcome.balances == allowed.balances and _rest(outcome, aborted) == _rest(allowed, aborted)


def _rest(outcome: Outcome, aborted: tuple[int, ...]) -> tuple[str, ...]:
    kept = [answer for index, answer in enumerate(outcome.answers) if index not in aborted]
    return renumbered(kept)


def renumbered(answers: Iterable[str]) -> tuple[str, ...]:
    """Number results by their first appearance, so that only which are equal counts."""
    seen: dict[str, int] = {}
    found = []
    for answer in answers:
        head, mark, result = answer.partition("#")
        found.append(f"{head}#{seen.setdefault(result, len(seen))}" if mark else answer)
    return tuple(found)
