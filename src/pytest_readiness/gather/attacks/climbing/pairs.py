"""Which actions are tried one after another: where the first changes what the second may ask for."""

from __future__ import annotations

import heapq
import itertools
from collections import defaultdict
from functools import cache
from operator import itemgetter
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pytest_readiness.gather.attacks.climbing.action import Action

_Ranked = tuple[int, "Action"]


def likeliest(
    allowed: Iterable[Action], by_subject: Mapping[str, Sequence[Action]], most: int
) -> Iterator[tuple[str, list[tuple[Action, Action]]]]:
    """Yield for each subject the pairs that end with an action of it; the likeliest of each come first.

    Args:
        allowed: Actions that may come first.
        by_subject: Actions that may follow, the likeliest of each subject first.
        most: Pairs, over all subjects.
    """
    each = max(most // max(len(by_subject), 1), 1)
    ranks: dict[str, itertools.count[int]] = defaultdict(itertools.count)
    touching: dict[str, dict[int, _Ranked]] = defaultdict(dict)
    for place, action in enumerate(allowed):
        ranked = next(ranks[action.subject]), action
        for name in action.touches:
            touching[name][place] = ranked

    @cache
    def meeting(names: tuple[str, ...]) -> list[_Ranked]:
        """Return the actions that touch one of these, each once, the likeliest of their subjects first."""
        met: dict[int, _Ranked] = {}
        for name in names:
            met |= touching.get(name, {})
        return sorted(met.values(), key=itemgetter(0))

    for subject, actions in by_subject.items():
        pairs = (
            (rank + place, first, second)
            for place, second in enumerate(actions)
            if not second.before
            for rank, first in _others(meeting(tuple(sorted(second.touches))), subject, each)
        )
        chosen = heapq.nsmallest(each, pairs, key=lambda pair: pair[0])
        yield subject, [(first, second) for _, first, second in chosen]


def _others(ranked: Iterable[_Ranked], subject: str, most: int) -> Iterator[_Ranked]:
    return itertools.islice((one for one in ranked if one[1].subject != subject), most)
