"""How an endpoint answers while its Redis hangs, when it is back, and when it has ended."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from pytest_readiness.evidence.endpoints import Interruption

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.endpoints.siege import Siege
    from pytest_readiness.target.requests import Answer

_GRACE_S = 2.0
"""Seconds beyond the declared time until an answer without Redis is given up."""


def outages(siege: Siege) -> Iterator[Interruption]:
    """Let Redis hang, come back, and end."""
    if not siege.era.pid:
        return
    siege.calm()
    with siege.era.hung():
        seen = _waited(siege)
    siege.calm()
    back = [siege.shot().status for _ in range(3)]
    yield _interruption(siege, "Redis is stopped (SIGSTOP)", seen, back)
    siege.era.end()
    yield _interruption(siege, "Redis has ended", _waited(siege), [])


def _waited(siege: Siege) -> list[Answer]:
    """Ask two instances at once, and wait for little more than what is declared."""
    within = siege.limit.failure_within + _GRACE_S
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda request: siege.send(request, within), [siege.request()] * 2))


def _interruption(siege: Siege, what: str, answers: list[Answer], back: list[int]) -> Interruption:
    return Interruption(
        what,
        tuple(answer.status for answer in answers),
        max(answer.seconds for answer in answers),
        tuple(back),
        tuple(leak for answer in answers for leak in siege.seen(answer).leaks),
    )
