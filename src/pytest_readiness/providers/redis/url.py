"""A Redis or Valkey server that somebody else runs, by its URL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.providers.given import redacted, resolve
from pytest_readiness.providers.redis.server import RedisServer, version_in

if TYPE_CHECKING:
    from pytest_readiness.providers.given import Given

_TRIED = "the given Redis server"
_ANSWERS_WITHIN = 5.0


class GivenRedis:
    """A given server, before it was asked anything. It is never emptied."""

    def __init__(self, given: Given) -> None:
        self._given = given

    def wait(self) -> RedisServer:
        """See that it answers, and what it is.

        Raises:
            ProviderError: It does not answer, or not as a Redis server does.
        """
        url = resolve(self._given)
        information = _information(url)
        return RedisServer(
            provider="url",
            version=version_in(information),
            url=url,
            ours=False,
            disposable=self._given.disposable,
        )

    def stop(self) -> None:
        """Do nothing: it is not ours."""


def _information(url: str) -> dict[str, str]:
    import redis
    from redis.backoff import NoBackoff
    from redis.retry import Retry

    try:
        client = redis.Redis.from_url(
            url,
            socket_timeout=_ANSWERS_WITHIN,
            socket_connect_timeout=_ANSWERS_WITHIN,
            retry=Retry(NoBackoff(), 0),
        )
        with client:
            client.ping()
            return {key: str(value) for key, value in client.info("server").items()}
    except (redis.RedisError, OSError, ValueError) as error:
        raise ProviderError(
            _TRIED,
            redacted(str(error)),
            "see that it runs and takes connections from here (redis://user:password@host:port/0), "
            'or use redis = "embedded"',
        ) from error
