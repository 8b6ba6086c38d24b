"""Calls a service whose way to the server leads through a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.wallet.adapted import AdaptedTeller, service_url
from pytest_readiness.gather.wallet.wire.wire import Wire

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.target.target import Target

_WARM = 4


def proxied(target: Target) -> tuple[AdaptedTeller, Wire]:
    """Return who calls the service, and what its statements pass through.

    Raises:
        AdapterError: The adapter cannot be used.
        WireError: The proxy did not start.
    """
    wires: list[Wire] = []

    def way(connection: psycopg.Connection, instance: int) -> str:
        if not wires:
            wires.append(Wire(connection, target.settings.wallet.instances))
            target.end_with(wires[0].close)
        return service_url(target, connection, (str(wires[0].doors[instance]), wires[0].port))

    teller = AdaptedTeller(target, way)
    _warm(teller)
    return teller, wires[0]


def _warm(teller: AdaptedTeller) -> None:
    """Let each instance open its connections: what drivers ask at the start is no step."""
    values = {"owner": teller.owner(), "currency": teller.wallet.currency}
    for future in [teller.submit("create", values, number) for number in range(_WARM)]:
        teller.finish("create", future)
