"""Forged messages that pose as tests, which some receivers wave through."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.webhooks.attacks import Attack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.webhooks.signing import Sender

_POSES: tuple[tuple[str, bool | str], ...] = (
    *((key, True) for key in ("test", "test_mode", "debug", "sandbox", "dry_run", "verified")),
    *((key, False) for key in ("livemode", "live", "production", "verify")),
    *((key, "test") for key in ("mode", "environment", "env")),
)


def posing(sender: Sender) -> Iterator[Attack]:
    """Yield forged messages whose body says that they are tests, or says the opposite of each yes and no."""
    base = sender.message()
    try:
        value = json.loads(base.body)
    except ValueError:
        return
    if not isinstance(value, dict):
        return
    switched = _switched(value)
    bodies = [(f"with {path} the other way round", other) for path, other in switched]
    bodies += [(f"with {key!r}: {json.dumps(word)} in its body", value | {key: word}) for key, word in _POSES]
    for what, body in bodies:
        message = sender.message()
        own = json.dumps(body).replace(base.id, message.id)
        forged = replace(message, body=own.encode()).signed(b"another secret of 24 byte")
        yield Attack("unsigned", f"forged, {what}", (forged.request(),))


def _switched(value: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield a body with one of its booleans the other way round, for each that it has."""
    for key, inner in value.items():
        if isinstance(inner, bool):
            yield repr(key), value | {key: not inner}
        elif isinstance(inner, dict):
            yield from ((path, value | {key: other}) for path, other in _switched(inner))
