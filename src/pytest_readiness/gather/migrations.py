"""How the migrations went when the target was built."""

from __future__ import annotations

from pytest_readiness.evidence.migrations import MigrationEvidence
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer


@gatherer(strength=Strength.ATTACKED)
def migrations(target: Target) -> MigrationEvidence:
    """Return what was recorded when each file was applied to a fresh database."""
    return target.built.migrations
