"""Whether probes wait for as long as what they ask may take, and restart nobody for what others lack."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from pytest_readiness.evidence.orchestration import LIVENESS, READINESS
from pytest_readiness.judges.edge.health import refuses, waits
from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.health import ServiceHealth
    from pytest_readiness.evidence.orchestration import OrchestrationEvidence, ProbeSpec

_DONE = {LIVENESS: "the container is restarted", READINESS: "it is taken out of the traffic"}


def probe_findings(evidence: OrchestrationEvidence) -> Iterator[Finding]:
    """Judge each probe, by all services that it may be of."""
    for file, reason in evidence.unread:
        yield unknown(file, f"not read: {reason}", reason="not read")
    known = {service.name.lower() for service in evidence.services}
    named = any(_names(probe) & known for probe in evidence.probes)
    workloads = {probe.names for probe in evidence.probes}
    for probe in evidence.probes:
        if named and not _names(probe) & known:
            continue  # others have names of services: it is of something else
        yield _finding(probe, evidence.services, sure=named or len(workloads) == 1)


def _names(probe: ProbeSpec) -> set[str]:
    return {name.lower() for name in probe.names}


def _finding(probe: ProbeSpec, services: tuple[ServiceHealth, ...], *, sure: bool) -> Finding:
    if probe.doubt:
        return unknown(probe.place, probe.doubt)
    own = [service for service in services if service.name.lower() in _names(probe)]
    its = own or services
    wrong = [text for service in its if (text := _wrong(probe, service))]
    if not wrong:
        untold = next((text for service in its if (text := _untold(probe, service))), "")
        if untold:
            return unknown(probe.place, untold)
        return passed(probe.place, f"{probe.path} is asked for {probe.timeout:g} s")
    if not sure or len(wrong) < len(its):
        names = ", ".join(service.name for service in its)
        return unknown(
            probe.place,
            f"it is not told whose it is (of {names}); of some it would be wrong: {wrong[0]}",
            fix="give the workload, its container or its label app the name of the service in the settings",
        )
    return failed(
        probe.place,
        f"{wrong[0]}.",
        reproduce=f"kubectl explain pod.spec.containers.{probe.kind}\n# {probe.place}\n{wrong[0]}",
        fix=f"set timeoutSeconds above the largest budget of {probe.path}; let liveness ask what asks nobody",
    )


def _wrong(probe: ProbeSpec, service: ServiceHealth) -> str:
    """Say what is wrong with a probe, if it asks this service; empty when nothing is."""
    if probe.kind == LIVENESS and (missed := refuses(service, probe.endpoints)):
        return f"{probe.path} fails without {missed}, and {LIVENESS} asks it: {_consequence(probe)}"
    longest = max(waits(service, probe.endpoints), key=lambda wait: wait.least)
    if probe.timeout > longest.least:
        return ""
    takes = f"{probe.path} takes up to {longest.least:g} s while {longest.meanwhile}"
    return f"timeoutSeconds is {probe.timeout:g}, and {takes}: {_consequence(probe)}"


def _untold(probe: ProbeSpec, service: ServiceHealth) -> str:
    """Say what was not seen, and may be longer than a probe waits; empty where nothing may."""
    longest = max(waits(service, probe.endpoints), key=lambda wait: wait.most)
    if probe.timeout > longest.most:
        return ""
    if longest.most == math.inf:
        return f"{service.name} gave no answer from {probe.path} to measure while {longest.meanwhile}"
    return (
        f"{probe.path} took {longest.least:g} s while {longest.meanwhile}, and without scaled budgets it may "
        f"take {longest.most:g} s"
    )


def _consequence(probe: ProbeSpec) -> str:
    times = f"after {probe.failures:g} failures, {probe.period:g} s apart,"
    return f"{times} {_DONE.get(probe.kind, 'it is taken for one that does not start')}"
