"""The gate: whether the run exits with 0."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_readiness.scoring.decision import Decision
from pytest_readiness.scoring.score import floor

if TYPE_CHECKING:
    from pytest_readiness.scoring.compare import Comparison
    from pytest_readiness.settings import Gate


def refusals(gate: Gate, decision: Decision, raw: Fraction, comparison: Comparison | None) -> tuple[str, ...]:
    """Say why the gate does not hold; empty when it does."""
    found = []
    if decision.rank > Decision(gate.require).rank:
        found.append(f"the decision is {decision.value}, and the gate requires {gate.require}")
    if raw < Fraction(str(gate.fail_under)):
        found.append(f"the score is {floor(raw)}, under fail_under = {gate.fail_under:g}")
    if gate.no_regressions and comparison is not None:
        found += [
            f"since the baseline: {delta.change.value} {delta.check} {delta.subject}".rstrip()
            for delta in comparison.regressions
        ]
    return tuple(found)
