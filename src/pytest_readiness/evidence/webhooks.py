"""What became of messages that were sent to webhooks: observations without judgement."""

from __future__ import annotations

from dataclasses import dataclass

_REFUSED = 400


@dataclass(frozen=True, slots=True)
class Delivery:
    """One message, or several that are one to the sender.

    Attributes:
        group: ``genuine``, ``unsigned``, ``altered``, ``stale``, ``replayed``, ``again``, ``malformed``,
            ``huge``, ``endless`` or ``order``.
        attack: What was done, for a person.
        statuses: Of the answers, 0 where none came.
        acted: How many times the effect changed.
        allowed: How many times it may, from and to.
        error: Why no answer came.
        taken: Bytes of an endless body that were taken before the answer, and how many were ready to be.
    """

    group: str
    attack: str
    statuses: tuple[int, ...]
    acted: int
    allowed: tuple[int, int]
    error: str = ""
    taken: int = 0
    ready: int = 0

    @property
    def unbounded(self) -> bool:
        """Whether all was taken and not refused: who reads to the end without keeping it says no then."""
        return bool(self.ready) and self.taken >= self.ready and self.statuses[0] < _REFUSED


@dataclass(frozen=True, slots=True)
class Setback:
    """A message whose booking failed for a time, and that was sent again where it was not accepted.

    Attributes:
        what: Was in its way, for a person.
        answer: Status while that was so, 0 where none came.
        again: Statuses when it was sent again, once nothing was in its way; empty where that was not needed.
        acted: How often it has acted in the end.
        alone: How often it had before it was sent again.
        late: What it took to act, beside the time that is declared; empty where it took nothing else.
        untried: Why nothing is known; empty when something is.
    """

    what: str
    answer: int = 0
    again: tuple[int, ...] = ()
    acted: int = 0
    alone: int = 0
    late: str = ""
    untried: str = ""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A webhook under attack.

    Attributes:
        where: Method and path, and how its effect is counted.
        deliveries: In the order of their making.
        broken: Why it could not be attacked; empty when it could.
        largest: Bytes of the largest message, as settings declare it; 0 where they do not.
        unmoved: Why no time was let pass until a message is too old; empty when it was.
        setbacks: Messages whose booking failed.
    """

    name: str
    where: str
    scheme: str
    effect: str
    deliveries: tuple[Delivery, ...]
    broken: str = ""
    largest: int = 0
    unmoved: str = ""
    setbacks: tuple[Setback, ...] = ()

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
