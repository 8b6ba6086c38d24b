"""All scenarios, and the properties that each observes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.gather.limits import answers, keys, outages, races, windows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pytest_readiness.evidence.admissions import Observation
    from pytest_readiness.gather.limits.bench import Bench, World


@dataclass(frozen=True, slots=True)
class Scenario:
    """Something that is done to a limiter.

    Attributes:
        properties: That are observed.
        instant: Whether it needs a clock that moves.
        skew: Whether it needs two clocks.
        sockets: Whether it needs connections that can fail.
        empties: Whether it empties the server, which then has to be ours.
        optional: Whether a limiter may lack what it tries.
    """

    run: Callable[[Bench], Iterable[Observation]]
    properties: tuple[str, ...]
    instant: bool = False
    skew: bool = False
    sockets: bool = False
    empties: bool = False
    optional: bool = False

    def unfit(self, world: World) -> str:
        """Say why it cannot be had in a world; empty when it can."""
        if self.instant and not world.instant:
            return f"it takes too long on {world.technique}"
        if (self.skew or self.sockets) and not world.sockets:
            return f"it cannot be seen with {world.technique}"
        if self.empties and not world.ours:
            return "a given server is never emptied"
        return ""


SCENARIOS = {
    scenario.run.__name__: scenario
    for scenario in (
        Scenario(windows.exact, ("first_n_admitted", "next_refused", "same_instant")),
        Scenario(windows.costs, ("cost_exact",), optional=True),
        Scenario(windows.lowered, ("limit_lowered",)),
        Scenario(windows.sweeps, ("worst_window", "short_burst"), instant=True),
        Scenario(windows.fractional, ("fractional_window",), instant=True),
        Scenario(windows.idle, ("idle_credit",), instant=True),
        Scenario(windows.tiers, ("tier_kept",), instant=True, optional=True),
        Scenario(windows.recovery, ("recovers",)),
        Scenario(windows.shares, ("no_starvation", "throughput_fair"), instant=True),
        Scenario(windows.skewed, ("app_clock_skew",), instant=True, skew=True),
        Scenario(windows.backwards, ("clock_backwards",), instant=True, skew=True),
        Scenario(races.lockstep, ("lockstep_race",), sockets=True),
        Scenario(races.threads, ("threads_race",)),
        Scenario(races.instances, ("instances_share",), sockets=True),
        Scenario(keys.isolated, ("keys_isolated", "keys_distinct"), instant=True),
        Scenario(keys.crowd, ("keys_distinct",), instant=True, optional=True),
        Scenario(keys.lifetimes, ("ttl_set",), empties=True),
        Scenario(keys.growth, ("memory_bounded",), sockets=True),
        Scenario(keys.crashes, ("crash_between_commands",), sockets=True),
        Scenario(keys.expiries, ("expiry_between_commands",), sockets=True),
        Scenario(answers.retries, ("retry_after_truthful",)),
        Scenario(answers.resets, ("reset_truthful",), instant=True),
        Scenario(answers.budgets, ("remaining_exact",)),
        Scenario(outages.forgotten_scripts, ("script_flush",)),
        Scenario(outages.forgotten_keys, ("flushall",), empties=True),
        Scenario(outages.restart, ("redis_restart",), sockets=True),
        Scenario(outages.refused, ("redis_down",), sockets=True),
        Scenario(outages.hung, ("redis_hung",), sockets=True),
        Scenario(outages.slow, ("redis_slow",), sockets=True),
        Scenario(outages.readonly, ("redis_readonly",), sockets=True),
    )
}
