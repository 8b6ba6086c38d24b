"""Sends messages to a webhook, and counts what they do, at once or later."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.evidence.webhooks import Delivery
from pytest_readiness.gather.webhooks.attacks import ONCE, Attack

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    import psycopg

    from pytest_readiness.gather.webhooks.signing import Sender
    from pytest_readiness.settings import Webhook
    from pytest_readiness.target.requests import Answer
    from pytest_readiness.target.services import RunningService

_POLL = 0.01
_LEAST_S = 0.05
"""Seconds from an answer to its effect, at least, where one was not there by the first look."""
_CONTROLS = 5
_EXACT = 0.01
_QUIET = 2
"""Times the longest way that a message took from its answer to its effect, until nothing is on its way."""
_TOGETHER = 32
"""Messages that are sent, where they act later, before a genuine one shows that they are through."""


class Desk:
    """Sends messages to a service, and counts what they do.

    Attributes:
        service: Whose webhook it is.
        sender: Who signs what is sent to see that all before is through.
        patience: Seconds from an answer to its effect, at most.
    """

    def __init__(
        self, service: RunningService, connection: psycopg.Connection, hook: Webhook, sender: Sender
    ) -> None:
        self.service = service
        self.sender = sender
        self._connection = connection
        self._effect = hook.effect
        self.patience = hook.acts_within
        self._turns = count()
        self._unit = 1.0
        self._countable = True
        self._lag = 0.0
        self._owed = 0

    def control(self) -> Iterator[Delivery]:
        """See that a genuine message acts; where none does, whether one without spaces does."""
        first = self._controlled("a first genuine message")
        yield first
        if not first.acted and self.sender.compact():
            first = self._controlled("the same without spaces in its JSON")
            yield first
        if first.acted:
            for _ in range(_CONTROLS - 1):  # some may come when somebody looks just then
                self._controlled("another")

    def _controlled(self, what: str) -> Delivery:
        """Learn how much a message changes, and how soon that is seen."""
        before = self.state()
        (answer,) = self.sent(Attack("genuine", what, (self.sender.genuine().request(),)))
        started = time.perf_counter()
        patience = self.patience if answer.status in SUCCESS else 0.0
        after = self.state()
        at_once = after != before
        while after == before and time.perf_counter() - started < patience:
            time.sleep(_POLL)
            after = self.state()
        if after != before:
            self._lag = self._lag if at_once else self._later(started)
            change = _difference(before, after)
            self._unit, self._countable = change or 1.0, bool(change)
        return Delivery("genuine", what, (answer.status,), int(after != before), ONCE, answer.error)

    def deliver(self, make: Callable[[], Iterable[Attack]]) -> Iterator[Delivery]:
        """Send all of a kind: one by one where they act at once, else some at a time.

        Args:
            make: Makes them anew each time: where some acted that may not, which ones is seen on others.
        """
        every = list(make())
        if not self._lag or not self._countable:
            yield from map(self.one, every)
            return
        for start in range(0, len(every), _TOGETHER):
            part = every[start : start + _TOGETHER]
            answers = self._all_through(part)
            if answers is None:
                yield from map(self.one, list(make())[start : start + _TOGETHER])
                continue
            for attack, replies in zip(part, answers, strict=True):
                yield _delivery(attack, replies, _wanted(attack) + _echoes(attack, replies))

    def one(self, attack: Attack) -> Delivery:
        """Send one, and count what it does."""
        before = self.rested()
        answers = self.sent(attack)
        acted_by_then = self._settled if self._lag else self._at_once
        acted = acted_by_then(before, attack, answers)
        return _delivery(attack, answers, acted + _echoes(attack, answers))

    def _later(self, started: float) -> float:
        """Return the longest way from an answer to its effect, of which this is one."""
        return max(self._lag, _LEAST_S, time.perf_counter() - started)

    def _at_once(self, before: tuple[object, ...] | None, attack: Attack, answers: list[Answer]) -> int:
        """Count what it did by now; where that is less than it has to, somebody may act later after all."""
        due, acted = _due(attack, answers), self.times(before, self.state())
        if acted >= due:
            return acted
        started = time.perf_counter()
        self.until(before, due)
        if self.times(before, self.state()) > acted:
            self._lag = self._later(started)
        return self.times(before, self.quiet())

    def _settled(self, before: tuple[object, ...] | None, attack: Attack, answers: list[Answer]) -> int:
        """Count what it did when it is through: a genuine message after it has acted then.

        What acted before that one was sent is none of its doing, also where it never acts.
        """
        due = _due(attack, answers)
        self.until(before, due)
        if not self._countable:
            return self.times(before, self.quiet())
        sooner = self.times(before, self.state())
        due += self._marked()
        self.until(before, due)
        seen = self.times(before, self.quiet())
        self._owed = max(due - seen, 0)
        return max(seen - 1, sooner)

    def _all_through(self, part: list[Attack]) -> list[list[Answer]] | None:
        """Send some and then a genuine one; None unless each of them acted as often as it may."""
        if any(attack.allowed[0] != attack.allowed[1] for attack in part):
            return None
        before = self.rested()
        answers = [self.sent(attack) for attack in part]
        due = sum(map(_due, part, answers)) + self._marked()
        self.until(before, due)
        seen = _difference(before, self.quiet()) / self._unit
        self._owed = max(due - round(seen), 0)
        return answers if abs(seen - sum(map(_wanted, part)) - 1) < _EXACT else None

    def _marked(self) -> int:
        """Send a genuine message; return how often it is to act."""
        marker = Attack("genuine", "a genuine message", (self.sender.genuine().request(),), ONCE)
        return _due(marker, self.sent(marker))

    def rested(self) -> tuple[object, ...] | None:
        """Return the state, once what is still owed has come: it is none of the next one's doing."""
        before = self.state()
        if not self._owed:
            return before
        self.until(before, self._owed)
        self._owed = 0
        return self.quiet()

    def until(self, before: tuple[object, ...] | None, times: int) -> None:
        """Wait for so many effects, or until they are due."""
        started = time.perf_counter()
        while self.times(before, self.state()) < times:
            if time.perf_counter() - started > self.patience:
                return
            time.sleep(_POLL)

    def quiet(self) -> tuple[object, ...] | None:
        """Return the state, once nothing has acted for twice as long as messages take: none wants that."""
        rest, state, since = _QUIET * self._lag, self.state(), time.perf_counter()
        until = since + rest + self.patience
        while (now := time.perf_counter()) < min(since + rest, until):
            time.sleep(_POLL)
            last, state = state, self.state()
            since = since if state == last else now
        return state

    def sent(self, attack: Attack) -> list[Answer]:
        """Send its requests, and return the answers."""
        turn = next(self._turns)
        numbered = [(request, turn + number) for number, request in enumerate(attack.requests)]
        if not attack.together:
            return [self.service.send(request, number) for request, number in numbered]
        with ThreadPoolExecutor(len(numbered)) as pool:
            return list(pool.map(lambda pair: self.service.send(*pair), numbered))

    def state(self) -> tuple[object, ...] | None:
        """Return what the effect shows now."""
        return self._connection.execute(self._effect.encode()).fetchone()

    def times(self, before: tuple[object, ...] | None, after: tuple[object, ...] | None) -> int:
        """Return how often something has acted between two states."""
        if before == after:
            return 0
        change = _difference(before, after)
        return max(round(abs(change / self._unit)), 1)


def _wanted(attack: Attack) -> int:
    return 0 if attack.echo else attack.allowed[0]


def _due(attack: Attack, answers: list[Answer]) -> int:
    """Return how often it is to act: what was refused is not waited for."""
    return _wanted(attack) if any(answer.status in SUCCESS for answer in answers) else 0


def _echoes(attack: Attack, answers: list[Answer]) -> int:
    return sum(bool(attack.echo) and attack.echo.encode() in answer.body for answer in answers)


def _delivery(attack: Attack, answers: list[Answer], acted: int) -> Delivery:
    error = next((answer.error for answer in answers if answer.error), "")
    statuses = tuple(answer.status for answer in answers)
    taken, ready = answers[0].taken, attack.requests[0].endless
    return Delivery(attack.group, attack.what, statuses, acted, attack.allowed, error, taken, ready)


def _difference(before: tuple[object, ...] | None, after: tuple[object, ...] | None) -> float:
    """Return by how much the first number of a row differs; 0 where there is none."""
    for old, new in zip(before or (), after or (), strict=False):
        try:
            change = float(str(new)) - float(str(old))
        except ValueError:
            continue
        if change:
            return change
    return 0.0
