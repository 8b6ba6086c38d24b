"""Calls a service whose way to the server leads through a proxy."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.wallet.adapted import AdaptedTeller, service_url
from pytest_readiness.gather.wallet.wire.apart import listened
from pytest_readiness.gather.wallet.wire.entrance import Entrance
from pytest_readiness.gather.wallet.wire.left import Tables
from pytest_readiness.gather.wallet.wire.lines import Asked
from pytest_readiness.gather.wallet.wire.passing import Transaction
from pytest_readiness.gather.wallet.wire.wire import Wire

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from concurrent.futures import Future

    import psycopg

    from pytest_readiness.target.target import Target

_WARM = 4
_AMOUNT, _FUNDS = "10", "500"
_SIMPLE = """
select lower(c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and n.nspname !~ '^pg_'
  and not exists (select from pg_trigger t where t.tgrelid = c.oid and not t.tgisinternal)
"""
_MOVES = ("deposit", "transfer", "balance")


def proxied(target: Target, limits: Mapping[str, str] | None = None) -> tuple[AdaptedTeller, Wire]:
    """Return who calls the service, and what its statements pass through.

    Args:
        target: Whose wallet it is.
        limits: Settings of the connections that the service will open.

    Raises:
        AdapterError: The adapter cannot be used.
        WireError: The proxy did not start.
    """
    wires: list[Wire] = []

    def way(connection: psycopg.Connection, instance: int, *, loopback: bool) -> str:
        if not wires or (loopback and not wires[-1].urls):
            known = Entrance(target.built.owner, connection.info.dbname) if loopback else None
            wires.append(Wire(connection, target.settings.wallet.instances, known))
            target.end_with_evidence(wires[-1].close)
        wire = wires[-1]
        if loopback:
            return wire.urls[instance]
        return service_url(target, connection, (str(wire.doors[instance]), wire.port))

    teller = AdaptedTeller(target, way, limits)
    wallets = _warm(teller)
    wire = wires[-1]
    kinds = [partial(_of_kind, teller, wallets, kind) for kind in ("create", *_MOVES, "reconcile")]
    wire.apart = listened(wire, lambda: [*_asked(teller, wallets)], kinds, _tables(teller))
    return teller, wire


def _warm(teller: AdaptedTeller) -> list[str]:
    """Let each instance open its connections: what drivers ask at the start is no step.

    Returns:
        The wallets that this made.
    """
    answers = [teller.finish("create", future) for future in _creating(teller)]
    return [answer.result for answer in answers if answer.result]


def _creating(teller: AdaptedTeller) -> list[Future[Any]]:
    values = _values(teller)
    return [teller.submit("create", values, number) for number in range(_WARM)]


def _tables(teller: AdaptedTeller) -> Tables:
    """Tell which tables no trigger fires on, and which ones settings read."""
    read = [Asked(text, runs=True) for text in (teller.wallet.entries, teller.wallet.reconcile) if text]
    simple = {str(name) for (name,) in teller.connection.execute(_SIMPLE).fetchall()}
    named = Transaction(0, read).relations | {teller.wallet.ledger.rpartition(".")[2].lower()}
    return Tables(frozenset(simple), named)


def _values(teller: AdaptedTeller) -> dict[str, str | None]:
    return {"owner": teller.owner(), "currency": teller.wallet.currency}


def _asked(teller: AdaptedTeller, wallets: Sequence[str]) -> Iterator[Future[Any]]:
    """Make requests of each kind, of each instance."""
    yield from _creating(teller)
    for number in range(len(wallets)):
        for operation in _MOVES:
            yield from _moving(teller, wallets, operation, number)


def _of_kind(teller: AdaptedTeller, wallets: Sequence[str], kind: str) -> list[Future[Any]]:
    """Make a request of one kind to the first instance; none where it cannot be made.

    Deposits pay for the transfers that come after them.
    """
    if kind == "create":
        return [teller.submit("create", _values(teller), 0)]
    if kind in _MOVES:
        amount = _FUNDS if kind == "deposit" else _AMOUNT
        return [*_moving(teller, wallets, kind, 0, amount)] if wallets else []
    return [teller.submit(kind, {}, 0)] if teller.reconciles_by_code else []


def _moving(
    teller: AdaptedTeller, wallets: Sequence[str], operation: str, number: int, amount: str = _AMOUNT
) -> Iterator[Future[Any]]:
    ends = {"source": wallets[number], "destination": wallets[number - 1], "amount": amount}
    if operation not in dict(teller.manners.unusable):
        yield teller.submit(operation, {"wallet": wallets[number], **ends, "key": teller.key()}, number)
