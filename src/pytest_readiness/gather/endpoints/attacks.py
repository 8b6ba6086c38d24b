"""All attacks on one endpoint, in their order."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.endpoints import disguises, outages, processes, refusals, windows

if TYPE_CHECKING:
    from pytest_readiness.evidence.endpoints import Interruption, Refusal, Volley
    from pytest_readiness.gather.endpoints.siege import Siege


def made(siege: Siege, groups: tuple[str, ...]) -> list[Volley | Refusal | Interruption]:
    """Make those of some groups, or all where none is named."""
    return [
        seen
        for group, attack in (
            ("exact", windows.exact),
            ("bypass", disguises.bypasses),
            ("retrying", windows.retrying),
            ("bypass", disguises.strangers),
            ("boundary", windows.boundaries),
            ("refusal", refusals.refusals),
            ("process", processes.shared),
            ("outage", outages.outages),  # the last one: Redis does not come back
        )
        if not groups or group in groups
        for seen in attack(siege)
    ]
