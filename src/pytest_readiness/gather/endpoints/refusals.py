"""What a refusal says, and whether a caller who comes back then is served."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import SUCCESS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.endpoints import Refusal
    from pytest_readiness.gather.endpoints.siege import Siege


def refusals(siege: Siege) -> Iterator[Refusal]:
    """Look at refusals, and come back when they say so."""
    limit, window = siege.limit.limit, siege.limit.window
    for pause in (0.0, 0.2963) if siege.era.moves else (0.0,):
        siege.calm()
        for number in range(limit):
            if number == limit // 2:
                siege.era.move(pause * window)
            siege.shot()
        siege.era.move(pause * window / 2)
        answer = siege.shot()
        now = siege.era.now()
        due = moment_of(answer.header("retry-after"), now)
        refusal = replace(siege.seen(answer), now=now, wait=None if due is None else due - now)
        wait = refusal.wait
        if answer.status in SUCCESS or wait is None or not 0 < wait <= 2 * window + 1 or not siege.era.moves:
            yield refusal
            continue
        early = None
        if wait > 1.5:  # noqa: PLR2004  whole seconds: nothing can be said of less
            siege.era.move(wait - 1.3)
            early = int(siege.shot().status in SUCCESS)
            siege.era.move(1.35)
        else:
            siege.era.move(wait + 0.05)
        yield replace(refusal, early=early, late=int(siege.shot().status in SUCCESS))


def moment_of(value: str, now: float) -> float | None:
    """Return when a Retry-After is over, in seconds since 1970; None where it says nothing."""
    from email.utils import parsedate_to_datetime

    if re.fullmatch(r"\d{1,9}", value.strip()):
        return now + float(value)
    try:
        return parsedate_to_datetime(value).timestamp()
    except (TypeError, ValueError):
        return None
