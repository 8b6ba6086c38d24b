"""Lets bookings fail for a time, and sends again what was not answered with success, as senders do."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.evidence.webhooks import Setback
from pytest_readiness.gather.webhooks import ageing
from pytest_readiness.gather.webhooks.attacks import ONCE, Attack
from pytest_readiness.gather.webhooks.obstacles import Absence, Obstacle, refusals, removed
from pytest_readiness.providers.errors import ProviderError

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.gather.endpoints.era import Era
    from pytest_readiness.gather.webhooks.desk import Desk

_POLL = 0.02
_PAUSES_S = (0.0, 0.1, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2)
"""Before each time that a message is sent again, beside once for each connection that was broken: pools get
rid of one at a time."""
_HOUR_S = 3600.0
"""After which no claim on a message holds that was made while it was worked on."""
_UNMET = "no write came while they were refused"
_AT_LEAST_S = 0.3
"""That the database is away after an answer, for whoever books later and is not seen to try."""


def tried(
    desk: Desk, connection: psycopg.Connection, effect: str, admin: str, era: Era | None
) -> list[Setback]:
    """Let one booking after another fail, each in another way."""
    import psycopg

    trial = _Trial(desk, connection, era)
    found, untried = refusals(connection, effect)
    if untried:
        return [Setback("writes are refused", untried=untried)]
    obstacles: list[Obstacle] = [*found, Absence(admin, connection)]
    seen: list[Setback] = []
    try:
        seen.extend(map(trial.held_up, obstacles))
        if seen[0].answer in SUCCESS and seen[0].alone:
            seen.append(trial.held_up(obstacles[0], ended=True))
        trial.recovered()
    except (psycopg.Error, ProviderError) as error:
        seen.append(Setback("bookings fail", untried=str(error).splitlines()[0]))
    finally:
        removed(connection)
    return seen


class _Trial:
    """One message, and what is in its way."""

    def __init__(self, desk: Desk, connection: psycopg.Connection, era: Era | None) -> None:
        self._desk = desk
        self._connection = connection
        self._era = era

    def held_up(self, obstacle: Obstacle, *, ended: bool = False) -> Setback:
        """Send a message while a booking fails, and again once nothing is in its way any more.

        Args:
            obstacle: Lets it fail.
            ended: Whether the service is started anew before that.
        """
        desk, since = self._desk, ageing.begun(self._connection)
        what = obstacle.what + (", and the service is started anew" if ended else "")
        before, hits = desk.rested(), obstacle.hits()
        message = desk.sender.genuine()
        with obstacle.standing() as broken:
            (answer,) = desk.sent(Attack("setback", what, (message.request(),), ONCE))
            accepted = answer.status in SUCCESS
            hit = self._met(obstacle, hits, accepted=accepted)
            if ended:
                desk.service.restart()
            if desk.times(before, desk.state()):
                return Setback(what, answer.status, untried="a message acted all the same")
        late, unaged = self._awaited(before, since) if accepted else ("", "")
        alone = desk.times(before, desk.quiet())
        again, refused = ((), "") if alone else self._again(message.id, since, broken)
        heard = bool(again) and again[-1] in SUCCESS
        if heard and not accepted:
            late, unaged = self._awaited(before, since)
        desk.until(before, int(heard))
        acted = desk.times(before, desk.quiet())
        untried = _UNMET if acted and not hit else unaged or refused
        return Setback(what, answer.status, again, acted, alone, late, untried)

    def recovered(self) -> None:
        """See that messages act again; where they do not, start the service anew."""
        genuine = Attack("genuine", "a genuine message", (self._desk.sender.genuine().request(),), ONCE)
        if not self._desk.one(genuine).acted:
            self._desk.service.restart()

    def _met(self, obstacle: Obstacle, hits: int | None, *, accepted: bool) -> bool:
        """Wait until a write was refused, where the answer came before it.

        Where nothing counts them, it is seen by what else would have acted in all that time.
        """
        if hits is None:
            if accepted:
                time.sleep(_AT_LEAST_S)
                self._desk.quiet()
            return True
        until = time.perf_counter() + (self._desk.patience if accepted else 0.0)
        while time.perf_counter() < until and obstacle.hits() == hits:
            time.sleep(_POLL)
        return obstacle.hits() != hits

    def _awaited(self, before: tuple[object, ...] | None, since: int) -> tuple[str, str]:
        """Wait until a message that was accepted acts.

        Whoever books later waits longer after each failure, by times in its rows or in its memory.

        Returns:
            What that took beside the time that is declared, and where it does not, why time did not pass.
        """
        if self._acts(before):
            return "", ""
        unaged = ageing.age(self._connection, since, _HOUR_S)
        if not unaged and self._acts(before):
            return "it acted only once its rows were an hour older", ""
        self._desk.service.restart()
        return ("it acted only once the service was started anew", "") if self._acts(before) else ("", unaged)

    def _acts(self, before: tuple[object, ...] | None) -> bool:
        self._desk.until(before, 1)
        return bool(self._desk.times(before, self._desk.state()))

    def _again(self, event: str, since: int, broken: int) -> tuple[tuple[int, ...], str]:
        """Send it until it is accepted, and once more after an hour; say why none passed where it did not."""
        statuses: list[int] = []
        for pause in (*[_POLL] * broken, *_PAUSES_S):
            time.sleep(pause)
            statuses.append(self._sent_again(event))
            if statuses[-1] in SUCCESS:
                return (*statuses,), ""
        unaged = ageing.age(self._connection, since, _HOUR_S)
        if self._era and self._era.moves:
            self._era.move(_HOUR_S)
            self._desk.sender.ahead += _HOUR_S
        statuses.append(self._sent_again(event))
        return (*statuses,), "" if statuses[-1] in SUCCESS else unaged

    def _sent_again(self, event: str) -> int:
        request = self._desk.sender.genuine(event=event).request()
        (answer,) = self._desk.sent(Attack("setback", "the same again", (request,), ONCE))
        return answer.status
