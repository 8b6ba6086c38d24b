"""What became of messages that were sent to webhooks: observations without judgement."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, or several that are one to the sender.

    Attributes:
        group: ``genuine``, ``unsigned``, ``altered``, ``stale``, ``replayed`` or ``malformed``.
        attack: What was done, for a person.
        statuses: Of the answers, 0 where none came.
        acted: How many times the effect changed.
        allowed: How many times it may, from and to.
        error: Why no answer came.
    """

    group: str
    attack: str
    statuses: tuple[int, ...]
    acted: int
    allowed: tuple[int, int]
    error: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook under attack.

    Attributes:
        where: Method and path, and how its effect is counted.
        deliveries: In the order of their making.
        broken: Why it could not be attacked; empty when it could.
    """

    name: str
    where: str
    scheme: str
    effect: str
    deliveries: tuple[Delivery, ...]
    broken: str = ""

    def of(self, *groups: str) -> tuple[Delivery, ...]:
        """Return the deliveries of these groups."""
        return tuple(delivery for delivery in self.deliveries if delivery.group in groups)


@dataclass(frozen=True, slots=True)
class WebhookEvidence:
    """All webhooks that settings declare.

    Attributes:
        absent: Why there are none; empty when there are.
    """

    webhooks: tuple[Endpoint, ...]
    absent: str = ""
