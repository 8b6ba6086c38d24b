"""Redis or Valkey for the run: from a wheel, or given by the user."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.redis.server import Booting, RedisServer, attached

if TYPE_CHECKING:
    from pytest_readiness.providers.given import Given

__all__ = ["Booting", "RedisServer", "attached", "launch", "start"]

_LATER = {
    "system": "this version does not look for a server among the programs of the system",
    "container": "this version starts no containers",
    "fake": "this version has no emulated server",
}


def launch(choice: str | Given) -> Booting:
    """Start the server of choice and return before it answers.

    Args:
        choice: "auto", "embedded", or a given server.

    Raises:
        ProviderError: There is none; it says what was tried, what was found and how to mend it.
    """
    if not isinstance(choice, str):
        from pytest_readiness.providers.redis.url import GivenRedis

        return GivenRedis(choice)
    if choice not in {"auto", "embedded"}:
        raise ProviderError(
            f'redis = "{choice}"',
            _LATER.get(choice, "there is no such choice"),
            'use redis = "embedded", or redis = { url = "env:REDIS_URL", disposable = true }',
        )
    from pytest_readiness.providers.redis import embedded

    return embedded.launch()


def start(choice: str | Given) -> RedisServer:
    """Start the server of choice and return it when it answers. Arguments and errors as for `launch`."""
    return launch(choice).wait()
