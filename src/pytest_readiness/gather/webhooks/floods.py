"""Bodies that go on and on, for webhooks."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.webhooks.attacks import NEVER, Attack
from pytest_readiness.target.endless import PIECE, whole

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.webhooks.signing import Sender

_UNTOLD = 10_000_000
"""Bytes of the largest message where settings do not tell."""
_BUFFERS = 8 * 1024 * 1024
"""Bytes that kernels and servers may hold and the service has not read."""
_MAY_ACT = (0, 1)


def endless(sender: Sender, largest: int) -> Iterator[Attack]:
    """Yield genuine messages that go on with spaces while nobody answers, up to an end that is far off.

    Whoever has kept them whole finds the signature valid, and acts: who refuses them does so for their size.

    Args:
        sender: Whose webhook it is.
        largest: Bytes of the largest message; 0 where it is not told, and any may act.
    """
    more = whole((largest or _UNTOLD) + _BUFFERS)
    for what, chunked in (("in chunks", True), ("with its length", False)):
        message = sender.message()
        signed = replace(message, body=message.body + PIECE * (more // len(PIECE))).signed(sender.key)
        request = signed.request(body=message.body, chunked=chunked, endless=more)
        allowed = NEVER if largest else _MAY_ACT
        yield Attack(
            "endless", f"a signed body with {more / 1e6:.0f} MB of spaces, {what}", (request,), allowed
        )
