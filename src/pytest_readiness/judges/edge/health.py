"""Whether what a service says of its health is true, in time, and no more than that."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.health import HealthEvidence, Probe, ServiceHealth

_GRACE_S = 0.5
"""Beyond a budget: two busy cores, and the way there and back."""
_GRACE_EACH_TIME_S, _OFTEN = 0.15, 3
"""The same of the fastest of so many answers: no machine is so busy each time."""
_ALIVE_WITHIN = 0.5
_FAULTS = {"blackhole", "stopped", "reset", "refuse"}
_HUNG = {"blackhole", "stopped"}
_WELL = {"none", "recovered"}
_OF_ORCHESTRATORS = {"liveness", "readiness"}
_OK, _UNAVAILABLE = 200, 503
_YES = range(200, 400)
"""What an orchestrator takes for a yes."""
_MISSED = 0.5
_GAVE_UP = 0.1
_ADDED = 0.6
"""Of the shorter wait: waits side by side add nothing, and those one after another all of it."""
_ADDED_S = 0.1
"""At least: what a busy machine adds is no wait."""
_TELLING_S = 0.15
"""Shorter waits are not told from what a busy machine adds."""


@dataclass(frozen=True, slots=True)
class Wait:
    """For how long an endpoint may let whoever asks it wait, in seconds.

    Attributes:
        meanwhile: What is so while it does.
        least: That was seen.
        most: That it can be; without end where nothing was seen.
    """

    meanwhile: str
    least: float = 0.0
    most: float = math.inf


def findings(evidence: HealthEvidence, judge: Callable[[ServiceHealth], Iterator[str]]) -> Iterator[Finding]:
    """Judge each service."""
    for service in evidence.services:
        wrong = list(dict.fromkeys(judge(service)))
        if wrong:
            more = f" And {len(wrong) - 1} more: {'; '.join(wrong[1:4])}." if len(wrong) > 1 else ""
            yield failed(service.name, f"{wrong[0]}.{more}", reproduce=_reproduction(service, wrong[0]))
        elif unseen := _unseen(service, judge):
            yield unknown(service.name, f"not determined: {unseen}")
        else:
            told = "" if service.probe_timeout else "; how long the orchestrator waits is not told"
            yield passed(service.name, f"{len(service.probes)} probes{told}")


def _unseen(service: ServiceHealth, judge: Callable[[ServiceHealth], Iterator[str]]) -> str:
    """Say what a pass of a judge needs to have seen and has not."""
    if not any(probe.status for probe in service.probes):
        return "no probe was answered"
    if judge is probes and not any(probe.endpoint in _OF_ORCHESTRATORS for probe in service.probes):
        return "[health] declares neither liveness nor readiness"
    if judge is costs and not service.stampede[0]:
        return "none of the probes that came at once was answered"
    return ""


def _reproduction(service: ServiceHealth, wrong: str) -> str:
    budgets = ", ".join(f"{name} {budget:g} s" for name, budget in service.budgets.items())
    return (
        f"start {service.name} with a proxy before each dependency (budgets: {budgets})\n"
        f"blackhole: take connections and answer nothing; refuse: close the port\n{wrong}"
    )


def states(service: ServiceHealth) -> Iterator[str]:
    """Three states, with 200, 200 and 503; as soon as it is so, and not longer."""
    for probe in service.probes:
        if probe.endpoint != "health":
            continue
        yield from _state(service, probe)


def _state(service: ServiceHealth, probe: Probe) -> Iterator[str]:
    where = _where(probe)
    down = set(probe.failing) if probe.fault in _FAULTS else set()
    if down & set(service.required):
        status, state = _UNAVAILABLE, "unhealthy"
    else:
        status, state = _OK, "degraded" if down else "healthy"
    if probe.status == 0:
        yield f"{where}: no answer"
    elif probe.status != status:
        yield f"{where}: the answer is {probe.status}, and not {status}"
    elif probe.state != state:
        said = probe.state or "no state that is known"
        yield f"{where}: the body says {said}, and not {state}"


def times(service: ServiceHealth) -> Iterator[str]:
    """Each answer comes within the budget; that of several that hang, within the largest."""
    budgets = service.budgets
    for probe in _fastest(service):
        hurt = probe.failing if probe.fault in _FAULTS else ()
        budget = max((budgets[name] for name in hurt), default=max(budgets.values()))
        grace = _GRACE_EACH_TIME_S if _waited(service, probe) >= _OFTEN else _GRACE_S
        if probe.endpoint != "liveness" and not probe.status:
            yield f"{_where(probe)}: there is no answer after {probe.seconds:.1f} s"
        elif probe.endpoint != "liveness" and probe.seconds > budget + grace:
            yield f"{_where(probe)}: the answer took {probe.seconds:.2f} s, and the budget is {budget:g} s"
    yield from _added_up(service)
    if service.probe_timeout and service.probe_timeout <= service.declared:
        yield (
            f"the orchestrator waits for {service.probe_timeout:g} s, and a check may take "
            f"{service.declared:g} s: it restarts what is merely slow"
        )


def _waited(service: ServiceHealth, probe: Probe) -> int:
    """Return how often an endpoint waited while the same things hung: what is remembered waits for none."""
    if probe.fault not in _HUNG:
        return 0
    same = (probe.endpoint, probe.fault, probe.failing)
    least = _MISSED * max(service.budgets[name] for name in probe.failing)
    asked = [one for one in service.probes if (one.endpoint, one.fault, one.failing) == same]
    return sum(one.seconds >= least for one in asked)


def _fastest(service: ServiceHealth) -> Iterator[Probe]:
    """Yield the fastest of the answers that waited for the same things: it owes the least to a busy machine.

    An answer that comes much sooner was remembered, and says nothing of how long a round of checks takes.
    """
    hung: dict[tuple[str, str, tuple[str, ...]], list[Probe]] = {}
    for probe in service.probes:
        if probe.fault in _HUNG:
            hung.setdefault((probe.endpoint, probe.fault, probe.failing), []).append(probe)
        else:
            yield probe
    for (_, _, failing), same in hung.items():
        least = _MISSED * max(service.budgets[name] for name in failing)
        waited = [probe for probe in same if probe.seconds >= least]
        yield min(waited or same, key=lambda probe: probe.seconds)


def waits(service: ServiceHealth, endpoints: tuple[str, ...]) -> Iterator[Wait]:
    """Yield how long these endpoints take to say yes, in seconds without a scale, by what was seen.

    Whoever says no is not asked for long: to give up on him comes to the same. What was not asked while
    something hung, or did not answer at all, may take any time.
    """
    asked = [probe for probe in service.probes if probe.endpoint in endpoints and probe.status]
    yes = [probe for probe in asked if probe.status in _YES]
    well = [probe.seconds for probe in yes if probe.fault in _WELL]
    yield Wait("all is well", round(min(well), 3), round(min(well), 3)) if well else Wait("all is well")
    seen = {name for probe in asked if probe.fault in _HUNG for name in probe.failing}
    for name in service.budgets:
        if name not in seen:
            yield Wait(f"{name} hangs")
    scale = max(service.budgets.values()) / service.declared
    for probe in _fastest(replace(service, probes=tuple(yes))):
        if probe.fault in _HUNG:
            budget = max(service.budgets[name] for name in probe.failing)
            yield Wait(f"{' and '.join(probe.failing)} hangs", *_unscaled(probe.seconds, budget, scale))


def _unscaled(seconds: float, budget: float, scale: float) -> tuple[float, float]:
    """Return the least and the most that a wait is where budgets are not scaled.

    One that was cut off by its budget grows with it; for another that is long enough to be told from what a
    busy machine adds, this is not known.
    """
    if seconds >= _MISSED * budget:
        return round(budget / scale, 3), round(budget / scale, 3)
    most = seconds / scale if seconds > _TELLING_S else seconds
    return round(seconds, 3), round(most, 3)


def refuses(service: ServiceHealth, endpoints: tuple[str, ...]) -> str:
    """Return whose failure kept an endpoint from a yes; empty where none that was seen did."""
    for probe in service.probes:
        if probe.endpoint in endpoints and probe.fault in _FAULTS and probe.status not in _YES:
            return " and ".join(probe.failing)
    return ""


def _added_up(service: ServiceHealth) -> Iterator[str]:
    """Waits that add up are told by comparison with the same waits alone, whatever else an answer takes."""
    budgets = service.budgets
    fastest = [probe for probe in _fastest(service) if probe.fault == "blackhole"]
    for all_hung in fastest:
        if len(all_hung.failing) < 2 or all_hung.endpoint == "liveness":  # noqa: PLR2004  several
            continue
        alone = [
            probe.seconds
            for probe in fastest
            if probe.endpoint == all_hung.endpoint
            and len(probe.failing) == 1
            and probe.failing[0] in all_hung.failing
            and probe.seconds > max(_MISSED * budgets[probe.failing[0]], _TELLING_S)
        ]
        longest = max(budgets[name] for name in all_hung.failing)
        if len(alone) > 1 and all_hung.seconds > max(longest, _side_by_side(alone)):
            each = " and ".join(f"{seconds:.1f} s" for seconds in alone)
            yield (
                f"{_where(all_hung)}: the answer took {all_hung.seconds:.1f} s, and {each} with one of them "
                "hung: the checks wait one after another"
            )


def _side_by_side(waits: list[float]) -> float:
    """Return the longest that these waits take when none begins after another."""
    return max(waits) + max(_ADDED * min(waits), _ADDED_S)


def probes(service: ServiceHealth) -> Iterator[str]:
    """Liveness asks nobody; readiness follows what is required."""
    for probe in service.probes:
        down = set(probe.failing) if probe.fault in _FAULTS else set()
        if probe.endpoint == "liveness" and (probe.status != _OK or probe.seconds > _ALIVE_WITHIN):
            yield f"{_where(probe)}: the answer is {probe.status or 'none'}, after {probe.seconds:.2f} s"
        if probe.endpoint == "readiness":
            ready = probe.status in _YES
            if ready == bool(down & set(service.required)):
                verb = "ready" if ready else "not ready"
                yield f"{_where(probe)}: the service is {verb} ({probe.status})"
    yield from _held_up(service)


def _held_up(service: ServiceHealth) -> Iterator[str]:
    """Liveness that waits shorter than it may waits all the same, if it does so each time."""
    asked: dict[tuple[str, ...], list[Probe]] = {}
    for probe in service.probes:
        if probe.endpoint == "liveness" and probe.fault in _HUNG:
            asked.setdefault((probe.fault, *probe.failing), []).append(probe)
    for same in asked.values():
        first = min(same, key=lambda probe: probe.seconds)
        budget = max(service.budgets[name] for name in first.failing)
        waited = _ALIVE_WITHIN >= first.seconds > max(_MISSED * budget, _TELLING_S)
        if waited and len(same) >= _OFTEN:
            yield (
                f"{_where(first)}: the answer took {first.seconds:.2f} s or more each time: who asks whether "
                "the process is alive waits for the check of a dependency"
            )


def discretion(service: ServiceHealth) -> Iterator[str]:
    """Answers are not stored, and tell nothing that a stranger could use."""
    for probe in service.probes:
        for leak in probe.leaks:
            yield f"{_where(probe)}: the body tells {leak!r}"
    for probe in service.probes:
        if probe.cacheable and probe.status:
            yield f"{_where(probe)}: the answer may be stored ({probe.cacheable})"


def costs(service: ServiceHealth) -> Iterator[str]:
    """Probes share a round of checks, and close what they open."""
    asked, opened = service.stampede
    if opened > asked / 2:
        yield f"{asked} probes at once opened {opened} connections to one dependency"
    before, after = service.connections
    if after > before + max(3, len(service.budgets)):
        yield f"{before} connections were open before the failures, and {after} are after them"
    for name, lost in service.abandoned.items():
        if lost.left >= lost.rounds and all(lost.added):
            yield (
                f"{name} hung for {lost.rounds} rounds of probes, and {lost.left} connections are still "
                f"waited on {lost.seconds:.0f} s after its end: each probe keeps a connection, and what "
                "waits on it, with no end in sight"
            )


def telling(service: ServiceHealth) -> Iterator[str]:
    """A failure leaves a record, and the time that it took."""
    for name in service.budgets:
        if name not in service.logged:
            yield f"no structured record in the log names {name} when it fails"
    for probe in service.probes:
        if probe.endpoint != "health" or not probe.status or not probe.latencies:
            continue
        for name, budget in service.budgets.items():
            seen = probe.latencies[name]
            if not seen:
                yield f"{_where(probe)}: the body has no latency of {name}"
            elif probe.fault in _HUNG and name in probe.failing and not _spent(seen, budget, probe):
                yield f"{_where(probe)}: {name} hung for {budget:g} s, and its latency is {seen[0]:g}"


def _spent(seen: tuple[float, ...], budget: float, probe: Probe) -> bool:
    """Whether some number is the budget, in seconds or in milliseconds.

    Where nobody waited for that long, the check may have given up before.
    """
    least = _MISSED * budget
    if probe.seconds < least:
        least = max(_GAVE_UP * budget, _MISSED * probe.seconds)
    return any(least <= number / unit <= budget + 2 * _GRACE_S for number in seen for unit in (1.0, 1000.0))


def _where(probe: Probe) -> str:
    if probe.fault == "none":
        return f"{probe.endpoint}, all well"
    return f"{probe.endpoint}, {probe.fault} of {' and '.join(probe.failing)}"
