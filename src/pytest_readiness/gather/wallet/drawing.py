"""Lets drawn calls meet, and makes of a meeting that goes wrong the least that still does."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.drawn import smaller
from pytest_readiness.judges.wallet.meetings import undone
from pytest_readiness.judges.wallet.serial import REPLAYS, explained

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.wallet import Exploration
    from pytest_readiness.gather.wallet.interleaving import Explorer
    from pytest_readiness.gather.wallet.scenarios import Scenario

TOGETHER = "pairs of calls that chance drew"
"""Title of all meetings in which nothing went wrong."""


def explored(explorer: Explorer, chosen: Iterable[Scenario]) -> Iterator[Exploration]:
    """Yield the least meeting that goes wrong, and nothing more; else all as one.

    A meeting in which a call is refused in every order says nothing, and counts for nothing. Where none could
    be brought about, the first of them says why.
    """
    fine: list[Exploration] = []
    unset: list[Exploration] = []
    for scenario in chosen:
        found = explorer.at_own_level(scenario)
        if is_wrong(found):
            yield _least(explorer, scenario, found)
            return
        if found.setup:
            unset.append(found)
        elif not any(undone([found])):
            unstable = [seen for seen in found.observed if not explained(seen)]
            if unstable:
                yield found
            else:
                fine.append(found)
    if unset and not fine:
        yield replace(unset[0], scenario=TOGETHER)
    if fine:
        yield replace(
            fine[0],
            scenario=TOGETHER,
            runs=sum(one.runs for one in fine),
            observed=tuple(seen for one in fine for seen in one.observed),
        )


def is_wrong(found: Exploration) -> bool:
    """Tell whether some run ended as no order of the same calls does, each time that it was replayed."""
    return any(seen.replays == REPLAYS and not explained(seen) for seen in found.observed)


def _least(explorer: Explorer, scenario: Scenario, found: Exploration) -> Exploration:
    """Return what goes wrong in the smallest of those that go wrong."""
    for less in smaller(scenario):
        tried = explorer.at_own_level(less)
        if is_wrong(tried):
            return _least(explorer, less, tried)
    return found
