"""How long a message is remembered: while it is believed, on a clock that moves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.webhooks import ageing
from pytest_readiness.gather.webhooks.attacks import ONCE, Attack
from pytest_readiness.gather.webhooks.signing import META

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.evidence.webhooks import Delivery
    from pytest_readiness.gather.endpoints.era import Era
    from pytest_readiness.gather.webhooks.desk import Desk
    from pytest_readiness.settings import Webhook

_MAY = (0, 1)
_BEFORE_S, _SHARE = 5.0, 0.1
"""Before a message is too old: at most so many seconds, and that share of the tolerance."""


def tried(desk: Desk, hook: Webhook, era: Era, connection: psycopg.Connection) -> tuple[list[Delivery], str]:
    """Send messages again shortly before they are too old; where that proves nothing, say why."""
    if hook.scheme == META:
        return [], ""  # its messages carry no time: they are never too old
    sender, tolerance = desk.sender, hook.tolerance
    begun = sender.ahead
    margin = min(_BEFORE_S, _SHARE * tolerance)
    by_rows = _by_rows(desk, connection, tolerance - margin)
    ahead = tolerance - 2 * margin
    now, early = sender.genuine().request(), sender.genuine(at=ahead).request()
    first = desk.one(Attack("genuine", "a message before time passes", (now,), ONCE))
    second = desk.one(Attack("replayed", "a message of a clock that is ahead", (early,), _MAY))
    seen = [first, second]
    for seconds, request, before in (
        (tolerance - margin, now, first),
        (ahead, early, second),
    ):
        era.move(seconds)
        sender.ahead += seconds
        if before.acted == 1:
            what = f"the same message again after {sender.ahead - begun:.0f} s, shortly before it is too old"
            seen.append(desk.one(Attack("replayed", what, (request,))))
    fresh = desk.one(Attack("genuine", "a message after that time", (sender.genuine().request(),), ONCE))
    if not fresh.acted:
        return seen, "no message acted after its clock was moved"
    return [*seen, fresh], _unfollowed(desk) or by_rows


def _by_rows(desk: Desk, connection: psycopg.Connection, seconds: float) -> str:
    """Make older what a message has left in the database, and send it again: say what that proves.

    The clock of the database does not move, so that whatever is over by that one stays as it is later on.
    """
    request, since = desk.sender.genuine().request(), ageing.begun(connection)
    if desk.one(Attack("genuine", "a message whose rows are made older", (request,), ONCE)).acted != 1:
        return ""  # others show whether messages act
    if untried := ageing.age(connection, since, seconds):
        return untried
    if desk.one(Attack("replayed", "that message", (request,))).acted:
        return (
            f"a message acts again once the rows that it left are {seconds:.0f} s older; by the clock of the "
            "database, which cannot be moved, it may do so before it is too old"
        )
    return ""


def _unfollowed(desk: Desk) -> str:
    """See that the service is where its clock was moved to."""
    sender = desk.sender
    old = desk.one(Attack("stale", "old", (sender.genuine(at=-sender.ahead).request(),)))
    return "the service does not follow a clock that is moved" if old.acted else ""
