"""Calls a service whose way to the server leads through a proxy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.wallet.adapted import AdaptedTeller, service_url
from pytest_readiness.gather.wallet.wire.apart import listened
from pytest_readiness.gather.wallet.wire.wire import Wire

if TYPE_CHECKING:
    from concurrent.futures import Future

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
    wires[0].apart = listened(wires[0], lambda: [future.done for future in _creating(teller)])
    return teller, wires[0]


def _warm(teller: AdaptedTeller) -> None:
    """Let each instance open its connections: what drivers ask at the start is no step."""
    for future in _creating(teller):
        teller.finish("create", future)


def _creating(teller: AdaptedTeller) -> list[Future[Any]]:
    values = {"owner": teller.owner(), "currency": teller.wallet.currency}
    return [teller.submit("create", values, number) for number in range(_WARM)]
