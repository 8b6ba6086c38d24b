"""What manifests tell an orchestrator to ask of services: observations without judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.health import ServiceHealth

LIVENESS, READINESS, STARTUP = KINDS = ("livenessProbe", "readinessProbe", "startupProbe")


@dataclass(frozen=True, slots=True)
class ProbeSpec:
    """A probe of a manifest that asks an endpoint which settings declare.

    Attributes:
        place: File, workload and container.
        kind: One of `KINDS`.
        path: That it asks.
        endpoints: What settings call it: of ``health``, ``liveness`` and ``readiness``.
        names: By which the service may go: of the workload, its container, its labels.
        timeout: Seconds that it waits (``timeoutSeconds``).
        period: Seconds between two of them (``periodSeconds``).
        failures: In a row until something is done (``failureThreshold``).
        doubt: Why it is not known what it does; empty when it is.
    """

    place: str
    kind: str
    path: str
    endpoints: tuple[str, ...]
    names: tuple[str, ...] = ()
    timeout: float = 1.0
    period: float = 10.0
    failures: float = 3.0
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class OrchestrationEvidence:
    """All probes, and how the services that they ask were seen to answer.

    Attributes:
        unread: Files that may have probes and could not be read, each with the reason.
        absent: Why there are none; empty when there are.
    """

    probes: tuple[ProbeSpec, ...]
    services: tuple[ServiceHealth, ...] = ()
    unread: tuple[tuple[str, str], ...] = ()
    absent: str = ""
