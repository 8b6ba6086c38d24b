"""What services said of their health while their dependencies failed: observations without judgement."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Probe:
    """One question and its answer.

    Attributes:
        endpoint: ``health``, ``liveness`` or ``readiness``.
        fault: What was wrong; ``none``, ``recovered``, ``blackhole``, ``stopped``, ``reset``, ``refuse`` or
            ``slow``.
        failing: The dependencies that it was wrong with.
        status: 0 where no answer came.
        state: The word of the answer: ``healthy``, ``degraded``, ``unhealthy``, or empty.
        seconds: Until the answer.
        cacheable: The Cache-Control header, where it lets the answer be stored.
        leaks: What the body tells and should not.
        latencies: Numbers that the body names, by dependency.
    """

    endpoint: str
    fault: str
    failing: tuple[str, ...]
    status: int
    state: str
    seconds: float
    cacheable: str = ""
    leaks: tuple[str, ...] = ()
    latencies: dict[str, tuple[float, ...]] | None = None


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Connections to something that hung, and was well again without them.

    Attributes:
        rounds: Of probes while it hung.
        added: How many connections each of the last of those rounds opened: none, where there is an end to
            how many there may be, and it is reached.
        left: On how many somebody still waited in the end; none where time-outs gave them up.
        seconds: How long it was well again by then.
    """

    rounds: int
    added: tuple[int, ...]
    left: int
    seconds: float


@dataclass(frozen=True, slots=True)
class ServiceHealth:
    """A service, its budgets and its answers.

    Attributes:
        required: Budgets in force, in seconds, by dependency.
        optional: The same.
        declared: The largest budget, before it was scaled.
        probe_timeout: Of the orchestrator; 0 where it is not told.
        stampede: How many probes came at once, and how many connections they opened to that dependency to
            which they opened most; 0 where none was answered.
        connections: That were open before all failures, and after them.
        logged: Dependencies whose failure left a structured record.
        abandoned: What was lost while a dependency hung, by dependency; those that share a server are
            one. None where no more was lost than may be by chance.
    """

    name: str
    required: dict[str, float]
    optional: dict[str, float]
    declared: float
    probe_timeout: float
    probes: tuple[Probe, ...]
    stampede: tuple[int, int]
    connections: tuple[int, int]
    logged: tuple[str, ...]
    abandoned: dict[str, Abandoned] = field(default_factory=dict)

    @property
    def budgets(self) -> dict[str, float]:
        """All budgets."""
        return {**self.required, **self.optional}


@dataclass(frozen=True, slots=True)
class HealthEvidence:
    """All services that settings declare to tell of their health.

    Attributes:
        absent: Why there are none; empty when there are.
    """

    services: tuple[ServiceHealth, ...]
    absent: str = ""

    @classmethod
    def merge(cls, parts: Sequence[HealthEvidence]) -> HealthEvidence:
        """Join the services of all parts, ordered by name."""
        services = sorted((s for part in parts for s in part.services), key=lambda s: s.name)
        return cls(tuple(services), parts[0].absent)
