"""Calls the wallet through the adapter that settings name, as any client of the project would."""

from __future__ import annotations

import itertools
import re
from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import quote, urlencode

from pytest_readiness.evidence.wallet import Answer
from pytest_readiness.gather.wallet import teller
from pytest_readiness.gather.wallet.adapter import Adapter, AdapterError, FactoryError, code
from pytest_readiness.gather.wallet.manners import kept, manners
from pytest_readiness.gather.wallet.teller import Teller, WalletError, number, shown
from pytest_readiness.gather.wallet.wire.entrance import Entrance
from pytest_readiness.gather.wallet.wire.wire import Wire, WireError
from pytest_readiness.settings.wallet import PLACEHOLDER
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from concurrent.futures import Future
    from decimal import Decimal

    import psycopg

    from pytest_readiness.gather.wallet.teller import Values
    from pytest_readiness.target.target import Target

_TIMED_OUT = "57014"


class Way(Protocol):
    """Tells the URL by which an instance of a service reaches the database of a connection."""

    def __call__(self, connection: psycopg.Connection, instance: int, *, loopback: bool) -> str:
        """Return the URL, with host and port in it where it is asked for."""


_LONG = re.compile(r"\s+")


class AdaptedTeller(Teller):
    """Somebody who calls methods of an adapter; what is read of the ledger is read from the database.

    Args:
        target: Whose wallet it is.
        way: Returns the URL by which an instance of the service reaches the database of a connection.
        limits: Settings of the connections that the service will open.

    Raises:
        AdapterError: The adapter cannot be used.
    """

    end, comment = "", "  # "
    ahead = 4

    def __init__(
        self, target: Target, way: Way | None = None, limits: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(target, learns=False)
        declared = target.settings.wallet
        # Of the connections that the service will open: a deadlock is told at once.
        database = identifier(self.connection.info.dbname)
        for name, value in {"deadlock_timeout": "1ms", **(limits or {})}.items():
            self.connection.execute(f"alter database {database} set {name} = '{value}'".encode())
        self._relay = ""
        self.instances = self._started(target, way)
        self._turns = itertools.cycle(self.instances)
        self.adapter = self.instances[0]
        self.wallet = self.adapter.described(declared)
        self.manners = kept(target, lambda: manners(self, WalletError))

    def _started(self, target: Target, way: Way | None) -> list[Adapter]:
        """Start the instances that settings speak of; not every service can run twice in one place."""
        declared, instances = target.settings.wallet, list[Adapter]()
        first: FactoryError | None = None
        while len(instances) < declared.instances:
            try:
                url = self._url(target, way, len(instances), loopback=first is not None)
                instances.append(Adapter(declared.adapter, target.settings.root, url))
            except AdapterError as error:
                if instances:
                    break
                if first:
                    raise first from error
                if not isinstance(error, FactoryError) or not self.connection.info.host.startswith("/"):
                    raise
                # It may want host and port of the URL, which has none for a socket of the file system.
                first = error
                continue
            target.end_with_evidence(instances[-1].close)
        return instances

    def _url(self, target: Target, way: Way | None, instance: int, *, loopback: bool) -> str:
        if way:
            return way(self.connection, instance, loopback=loopback)
        if loopback:
            self._relay = self._relay or relayed(target, self.connection)
            return self._relay
        return service_url(target, self.connection)

    @property
    def reconciles_by_code(self) -> bool:
        """Whether the adapter reconciles, and no SQL of the settings."""
        return self.wallet.reconcile != self.declared.reconcile

    def begin(self) -> None:
        """Start a new account of what is done, in the words of the adapter."""
        self.lines = [f"# wallet = {self.adapter.name}(database_url)"]
        self.names = {}

    def submit(
        self, operation: str, values: Mapping[str, str | None], caller: int | None = None
    ) -> Future[Any]:
        """Begin a call and return what it will have answered.

        Args:
            operation: Name of the template.
            values: Of its placeholders.
            caller: Number of one of several who call at once, each an instance of his own; otherwise the
                instances take turns.
        """
        instance = next(self._turns) if caller is None else self.instances[self.place(caller)]
        scaled = {name: self.scaled(name, value) for name, value in values.items()}
        return instance.begin(operation, scaled, PLACEHOLDER.findall(getattr(self.wallet, operation)))

    def place(self, caller: int) -> int:
        """Return the number of the instance that a caller of this number calls."""
        return caller % len(self.instances)

    def finish(self, operation: str, future: Future[Any], limit_s: float | None = None) -> Answer:
        """Wait for an answer, or for the refusal."""
        try:
            value = future.result(teller.LIMIT_S if limit_s is None else limit_s)
        except TimeoutError:
            limit = f"no answer within {teller.LIMIT_S} s"
            return Answer(operation, accepted=False, sqlstate=_TIMED_OUT, message=limit)
        except Exception as error:  # noqa: BLE001  whatever the project raises is its refusal
            return Answer(operation, accepted=False, sqlstate=code(error), message=_said(error))
        return self.answer(operation, value)

    def rendered(
        self, operation: str, values: Mapping[str, str | None], names: Mapping[str, str] | None = None
    ) -> str:
        """Return the call of an operation, with names for what has one."""
        known = names or {}

        def value(name: str) -> str:
            given = self.scaled(name, values.get(name))
            return known[given] if given is not None and given in known else repr(given)

        template = getattr(self.wallet, operation)
        return f"wallet.{PLACEHOLDER.sub(lambda match: f'{match[1]}={value(match[1])}', template)}"

    def make(self, operation: str, wanted: Sequence[Values]) -> tuple[list[str], str]:
        """Make several things, one after the other.

        Raises:
            WalletError: One was refused.
        """
        made = []
        for values in wanted:
            answer = self.call_once(operation, values)
            if answer.sqlstate or not answer.result:
                raise WalletError(str(answer) if answer.sqlstate else f"{operation} returned no id")
            made.append(answer.result)
        return made, ""

    def put(self, operation: str, wanted: Sequence[Values]) -> None:
        """Make several calls, one after the other, none of which is on trial.

        Raises:
            WalletError: One was refused.
        """
        for values in wanted:
            answer = self.call_once(operation, values)
            if not answer.accepted:
                raise WalletError(str(answer))

    def naming(self, name: str, statement: str, column: str) -> list[str]:  # noqa: ARG002  of SQL alone
        """Return the lines by which a person makes a call and keeps what it makes under a name."""
        return [f"{name} = {statement}"]

    def balances(self, wallets: Iterable[str]) -> list[Decimal | None]:
        """Read several; one that is refused or is no number is None."""
        answers = [self.call_once("balance", {"wallet": wallet}) for wallet in wallets]
        return [None if answer.sqlstate else self.in_units(number(answer.result)) for answer in answers]

    def problems(self) -> tuple[str, ...]:
        """Return what reconciliation reports.

        Raises:
            WalletError: It raised.
        """
        if not self.reconciles_by_code:
            return super().problems()
        try:
            rows = self.submit("reconcile", {}).result(teller.LIMIT_S)
        except Exception as error:  # noqa: BLE001  whatever the project raises
            raise WalletError(f"reconcile was refused ({code(error)}: {_said(error)})") from None
        return tuple(str(row) for row in rows or ())

    def call_once(self, operation: str, values: Mapping[str, str | None]) -> Answer:
        """Call an operation, and write nothing down."""
        return self.finish(operation, self.submit(operation, values))


def service_url(
    target: Target, connection: psycopg.Connection, through: tuple[str, int] | None = None
) -> str:
    """Return the URL by which a service reaches a copy of the target, as the role that owns it.

    Args:
        target: Whose copy it is.
        connection: To the copy.
        through: Folder and port of a socket, in place of the server's own.
    """
    host, port = through or (connection.info.host, connection.info.port)
    user, name = quote(target.built.owner), quote(connection.info.dbname)
    if host.startswith("/"):
        return f"postgresql://{user}@/{name}?{urlencode({'host': host, 'port': port})}"
    return f"postgresql://{user}@{host}:{port}/{name}"


def relayed(target: Target, connection: psycopg.Connection) -> str:
    """Return the URL by which a service reaches a copy of the target at a port of the loopback.

    Raises:
        AdapterError: Nothing can be between a service and its server.
    """
    try:
        wire = Wire(connection, entrance=Entrance(target.built.owner, connection.info.dbname))
    except WireError as error:
        raise AdapterError(str(error)) from None
    target.end_with_evidence(wire.close)
    return wire.urls[0]


def open_teller(target: Target) -> Teller:
    """Return whoever calls the wallet in the way that settings declare."""
    return AdaptedTeller(target) if target.settings.wallet.adapter else Teller(target)


def _said(error: BaseException) -> str:
    return _LONG.sub(" ", str(error))[:200] or type(error).__name__


__all__ = ["AdaptedTeller", "open_teller", "service_url", "shown"]
