"""What a guarantee admits in a stretch of time, and what was admitted in the worst one."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.admissions import Hit, Promise, Trial

STRICT, COUNTER, BUCKET, FIXED = (
    "sliding-window-log",
    "sliding-window-counter",
    "token-bucket",
    "fixed-window",
)
_ROUNDING_S = 0.003
"""Servers keep time in milliseconds, and read their clock once in one."""


def bound(guarantee: str, limit: int, window: float, length: float, burst: int = 0) -> int:
    """Return the most that may be admitted in some stretch of a length up to one window."""
    if guarantee == STRICT:
        return limit
    if guarantee in {COUNTER, BUCKET}:
        return (burst or limit) + math.ceil(limit * length / window)
    return 2 * limit


def refill(promise: Promise, trial: Trial, hits: tuple[Hit, ...]) -> int:
    """Return how many more may be admitted because the burst took a while."""
    if promise.guarantee == STRICT or not hits:
        return 0
    seconds = hits[-1].end - hits[0].start
    if promise.guarantee == FIXED:
        return trial.limit if seconds > trial.window / 2 else 0
    return math.floor(trial.limit * seconds / trial.window + 0.5)


def admitted_of(hits: tuple[Hit, ...]) -> int:
    """Return the cost of all that were admitted."""
    return sum(hit.cost for hit in hits if hit.allowed)


def worst(hits: tuple[Hit, ...], length: float) -> tuple[int, float]:
    """Return how many were admitted in the worst stretch of a length, and when that begins.

    Only what certainly lies within it counts: from the start of its first hit to the end of its last.
    """
    admitted = [hit for hit in hits if hit.allowed]
    most, at, last, total = 0, 0.0, 0, 0
    for first, hit in enumerate(admitted):
        last = max(last, first)
        while last < len(admitted) and admitted[last].end - hit.start < length - _ROUNDING_S:
            total += admitted[last].cost
            last += 1
        if total > most:
            most, at = total, hit.start - admitted[0].start
        total -= hit.cost if last > first else 0
    return most, at


def densest(promise: Promise, trial: Trial, length: float) -> str:
    """Say where more are admitted within a length than the guarantee admits."""
    most, at = worst(trial.hits, length)
    allowed = bound(promise.guarantee, trial.limit, trial.window, length, trial.burst)
    if most <= allowed:
        return ""
    claim = promise.guarantee or f"{FIXED}, the weakest guarantee there is,"
    return f"{most} are admitted within {length:.3g} s from {at:.3f} s on, where {claim} admits {allowed}"
