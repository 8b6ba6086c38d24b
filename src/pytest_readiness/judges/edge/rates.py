"""How much is admitted over time: no more than is guaranteed, and no less than the share that is due."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_readiness.judges.edge.guarantees import admitted_of, densest

if TYPE_CHECKING:
    from pytest_readiness.evidence.admissions import Promise, Trial

_BURST = 12
"""A short burst is what is admitted in a twelfth of a window."""
_FAIR, _STARVED = 0.9, 0.8


def worst_window(promise: Promise, trial: Trial) -> str:
    """No window may admit more than the guarantee does."""
    return densest(promise, trial, trial.window)


def short_burst(promise: Promise, trial: Trial) -> str:
    """No twelfth of a window may admit more than the guarantee does in it."""
    return densest(promise, trial, trial.window / _BURST)


def fractional_window(promise: Promise, trial: Trial) -> str:
    """A window that is no whole number has to be kept, and its share to be given."""
    if len({hit.allowed for hit in trial.hits}) == 1 or "a hit every" in trial.what:
        return _share(promise, trial, _FAIR)
    return worst_window(promise, trial)


def _share(promise: Promise, trial: Trial, least: float) -> str:
    """Compare what was admitted with what the limit allows for that time, or with what was asked for."""
    admitted, asked = admitted_of(trial.hits), len(trial.hits)
    span = trial.hits[-1].end - trial.hits[0].start
    tiers = (limit * max(1, math.floor(span / window)) for limit, window in promise.tiers)
    fair = min(trial.limit * span / trial.window, asked, *tiers)
    if admitted >= math.floor(least * fair):
        return ""
    return f"{admitted} of {asked} hits are admitted; {fair:.0f} would be the limit's share"


def fair_share(promise: Promise, trial: Trial) -> str:
    """A caller has to get what the limit allows for that time."""
    return _share(promise, trial, _FAIR)


def no_starvation(promise: Promise, trial: Trial) -> str:
    """A caller who goes on asking has to get a share, unless refused hits count."""
    if promise.counts_refused:
        return ""
    return _share(promise, trial, _STARVED)
