"""Bodies that do not end, for webhooks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.webhooks.attacks import Attack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.webhooks.signing import Sender

_UNTOLD = 10_000_000
"""Bytes of the largest message where settings do not tell."""
_BUFFERS = 8 * 1024 * 1024
"""Bytes that kernels and servers may hold and the service has not read."""


def endless(sender: Sender, largest: int) -> Iterator[Attack]:
    """Yield forged messages that go on while nobody answers.

    Args:
        sender: Whose webhook it is.
        largest: Bytes of the largest message; 0 where it is not told. What is sent is bounded by it.
    """
    most = (largest or _UNTOLD) + _BUFFERS
    for what, chunked in (("in chunks", True), ("whose length claims 1 GiB", False)):
        request = sender.message().signed(b"x").request(chunked=chunked, endless=most)
        yield Attack("endless", f"a forged body without an end, {what}", (request,))
