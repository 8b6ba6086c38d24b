"""Limiters on asyncio, called as those on threads are."""

from __future__ import annotations

import asyncio
import functools
import inspect
import weakref
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

    import redis


def awaits(limiter: object) -> bool:
    """Whether its `hit` is a coroutine."""
    return inspect.iscoroutinefunction(getattr(limiter, "hit", None))


class Awaited:
    """A limiter whose `hit` is awaited in an event loop of its own, by whichever thread asks."""

    def __init__(self, make: Callable[[Any], Any], client: redis.Redis) -> None:
        """Make the limiter on a client of asyncio that reaches what another client reaches."""
        from pytest_readiness.providers.redis.tapped import on_asyncio

        loop = asyncio.new_event_loop()
        weakref.finalize(self, loop.close)

        async def made() -> Any:  # noqa: ANN401  the project's own
            return make(on_asyncio(client))

        inner = loop.run_until_complete(made()).hit

        @functools.wraps(inner)
        def hit(*args: Any, **options: Any) -> Any:  # noqa: ANN401  the project's own
            return loop.run_until_complete(inner(*args, **options))

        self.hit = hit
