"""Whether the state of a limiter ends in time, and stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.admissions import Growth, Leftover, Promise

_GROWS = 1.5
_SLACK_BYTES = 128
_LONGEST_LIFE = 3


def ends(promise: Promise, left: Leftover) -> str:
    """Every key has to expire."""
    longest = _LONGEST_LIFE * max(left.window, 1.0, *(window for _, window in promise.tiers)) * 1000
    for name, milliseconds in left.keys:
        if milliseconds is None:
            return f"the key {name} never expires"
        if milliseconds > longest:
            return f"the key {name} lives for {milliseconds / 1000:.1f} s more"
    return ""


def bounded(_promise: Promise, growth: Growth) -> str:
    """The state may not grow with the hits."""
    if growth.after <= growth.before * _GROWS + _SLACK_BYTES:
        return ""
    return f"the state grew from {growth.before} to {growth.after} bytes"
