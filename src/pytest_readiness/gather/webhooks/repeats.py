"""Messages that come again: as senders send them, and as networks and attackers do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.webhooks.attacks import ONCE, Attack
from pytest_readiness.gather.webhooks.signing import STANDARD, STRIPE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.webhooks.signing import Sender

AGAIN = "again"
"""What a sender sends once more whose first delivery was not answered in time: it wants a yes."""


def replayed(sender: Sender) -> Iterator[Attack]:
    """Yield messages that come again, in as many ways as networks and attackers have."""
    message = sender.genuine()
    yield Attack(AGAIN, "the same message twice", (message.request(),) * 2, ONCE)
    message = sender.genuine()
    yield Attack(AGAIN, "the same message four times", (message.request(),) * 4, ONCE)
    for number in range(3):
        message = sender.genuine()
        what = f"the same message twenty times at once, round {number + 1}"
        yield Attack("replayed", what, (message.request(),) * 20, ONCE, together=True)
    if sender.scheme in {STANDARD, STRIPE}:
        message = sender.genuine()
        beside = message.request(), message.signed(sender.key, b"x").request()
        yield Attack("replayed", "the same message with a forged signature beside its own", beside, ONCE)
    first = sender.genuine(at=-5)
    again = sender.genuine(event=first.id)
    yield Attack(AGAIN, "the same event, signed anew", (first.request(), again.request()), ONCE)
    first = sender.genuine()
    spelled = sender.spelled(event=first.id, separators=(", ", " : "))
    if spelled:
        twice = (first.request(), spelled.request())
        yield Attack("replayed", "the same event in a body that is written otherwise", twice, ONCE)
    if sender.scheme == STANDARD:
        message = sender.genuine()
        other = ("webhook-id", message.id + "-2")
        doubled = [
            message.request(headers=(other, *message.request().headers)),
            message.request(headers=(*message.request().headers, other)),
        ]
        requests = (message.request(), *doubled)
        yield Attack("replayed", "again with a second id beside the first", requests, ONCE)
        padded = message.request(headers=tuple((n, f" {v} ") for n, v in message.request().headers))
        yield Attack("replayed", "again with spaces around the headers", (padded,))
