"""Tries a limiter, and judges what was seen."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from pytest_readiness.catalogue import read_catalogue
from pytest_readiness.evidence.admissions import AdmissionEvidence, Limiter, Promise
from pytest_readiness.gather.limits.bench import Job
from pytest_readiness.gather.limits.scenarios import SCENARIOS
from pytest_readiness.gather.limits.trials import try_limiter
from pytest_readiness.run.evaluate import load
from pytest_readiness.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from pytest_readiness.vocabulary import Finding

STRICT = Promise(10, 60.0, "sliding-window-log", on_redis_failure="refuse")
EVERY = tuple(prop for scenario in SCENARIOS.values() for prop in scenario.properties)


def limiter_checks() -> dict:
    """Return the checks of limiters, by id."""
    every = [declared for declared in read_catalogue(Settings()).checks if declared.area == "limits"]
    checks = {declared.spec.id: load(declared) for declared in every}
    return {name: check for name, check in checks.items() if "admissions" in check.__annotations__}


def properties_of(check: str) -> tuple[str, ...]:
    """Return what a check judges: of a limiter of which nothing was seen it says so for each property."""
    nothing = Limiter("it", "", STRICT, "", (), dict.fromkeys(EVERY, "not tried"))
    findings = limiter_checks()[check](AdmissionEvidence((nothing,)))
    return tuple(finding.subject.removeprefix("it: ") for finding in findings)


def tried(
    place: str, properties: Sequence[str] = EVERY, promise: Promise = STRICT, folder: Path | None = None
) -> list[Finding]:
    """Try a limiter, in the ways that show these properties, and judge it."""
    ways = tuple(name for name, way in SCENARIOS.items() if set(way.properties) & {*properties})
    path = (str(folder),) if folder else ()
    limiter = try_limiter(Job("it", place, (*path, *sys.path), promise, ways))
    return [f for f in judged(limiter) if f.subject.removeprefix("it: ") in properties]


def judged(limiter: Limiter) -> Iterator[Finding]:
    """Yield what all checks say."""
    for check in limiter_checks().values():
        yield from check(AdmissionEvidence((limiter,)))
