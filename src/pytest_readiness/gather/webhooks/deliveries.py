"""Delivers messages to the webhooks that settings declare, and counts what they do."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain, count
from typing import TYPE_CHECKING

from pytest_readiness.evidence.webhooks import Delivery, Endpoint, WebhookEvidence
from pytest_readiness.gather.webhooks import attacks, floods
from pytest_readiness.gather.webhooks.signing import Sender
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from pytest_readiness.gather.webhooks.attacks import Attack
    from pytest_readiness.settings import Webhook
    from pytest_readiness.target.requests import Answer
    from pytest_readiness.target.services import RunningService

_ACTS_WITHIN = 3.0
_POLL = 0.01


@gatherer(strength=Strength.ATTACKED)
def webhooks(target: Target) -> WebhookEvidence:
    """Attack each webhook on a fresh copy of the target."""
    declared = target.settings.webhooks
    if not declared:
        return WebhookEvidence((), absent="settings declare no webhooks ([[webhooks]])")
    return WebhookEvidence(tuple(attacked(target, hook) for hook in declared))


def attacked(target: Target, hook: Webhook, groups: tuple[str, ...] = ()) -> Endpoint:
    """Attack one webhook, in all ways or in those of some groups."""
    sender = Sender(hook.path, hook.scheme, _payload(target, hook))
    service = next(s for s in target.settings.services if s.name == hook.service)
    connection = target.database()
    values = {"database_url": target.database_url(connection)}
    if any("{redis_url}" in value for value in service.env.values()):
        values["redis_url"] = target.redis_url()
    previous = f"secret.{hook.name}.previous"
    token = f"secret.{hook.name}.verify"
    secrets = {f"secret.{hook.name}": sender.secret, previous: sender.previous, token: sender.token}
    overlap, shaken = (
        any(f"{{{name}}}" in value for value in service.env.values()) for name in (previous, token)
    )
    with target.serving(hook.service, values, secrets) as running:
        desk = _Desk(running, connection, hook.effect, groups)
        deliveries = list(desk.control(sender))
        acts = deliveries[-1].acted
        if acts:
            deliveries += desk.all(sender, hook, previous if overlap else "", shaken=shaken)
    broken = "" if acts else "a genuine message did not act, so that refusals prove nothing"
    where = f"POST {hook.path}"
    return Endpoint(
        hook.name, where, hook.scheme, hook.effect, tuple(deliveries), broken, largest=hook.largest
    )


def _payload(target: Target, hook: Webhook) -> str:
    if hook.payload.lstrip().startswith(("{", "[")):
        return hook.payload
    return (target.settings.root / hook.payload).read_text(encoding="utf-8")


class _Desk:
    """Sends messages to a service, and counts what they do."""

    def __init__(
        self,
        service: RunningService,
        connection: psycopg.Connection,
        effect: str,
        groups: tuple[str, ...],
    ) -> None:
        self._groups = groups
        self._service = service
        self._connection = connection
        self._effect = effect
        self._turns = count()
        self._unit = 1.0
        self._lag = 0.0

    def control(self, sender: Sender) -> Iterator[Delivery]:
        """See that a genuine message acts; where none does, whether one without spaces does."""
        first = self._controlled(sender, "a first genuine message")
        yield first
        if not first.acted and sender.compact():
            yield self._controlled(sender, "the same without spaces in its JSON")

    def _controlled(self, sender: Sender, what: str) -> Delivery:
        """Learn how much a message changes, and how soon that is seen."""
        before = self._state()
        (answer,) = self._sent(attacks.Attack("genuine", what, (sender.genuine().request(),)))
        started = time.perf_counter()
        patience = _ACTS_WITHIN if answer.status in range(200, 300) else 0.0
        while self._state() == before and time.perf_counter() - started < patience:
            time.sleep(_POLL)
        after = self._state()
        if after != before:
            self._lag = time.perf_counter() - started
            self._unit = _difference(before, after) or 1.0
        return Delivery("genuine", what, (answer.status,), int(after != before), attacks.ONCE, answer.error)

    def all(self, sender: Sender, hook: Webhook, previous: str, *, shaken: bool) -> Iterator[Delivery]:
        """Send everything; in the end, what only a service that was restarted can be asked."""
        tolerance = hook.tolerance
        yield from self._each(
            chain(
                attacks.genuine(sender, overlap=bool(previous), tolerance=tolerance),
                attacks.handshakes(sender, known=shaken),
                attacks.unsigned(sender),
                attacks.altered(sender),
                attacks.stale(sender, tolerance),
                attacks.replayed(sender),
                attacks.malformed(sender),
                floods.endless(sender, hook.largest),
            )
        )
        last = sender.genuine().request()
        still = attacks.Attack("genuine", "a genuine message after all that", (last,), attacks.ONCE)
        yield from self._each([still])
        if self._groups and "restart" not in self._groups:
            return
        self._service.restart(without=previous)
        again = attacks.Attack("replayed", "a message that acted before the service was restarted", (last,))
        fresh = attacks.Attack(
            "genuine", "a genuine message after a restart", (sender.genuine().request(),), attacks.ONCE
        )
        gone = []
        if previous:
            for what, key in (
                ("signed with the previous secret, which the service has no more", sender.previous_key),
                ("signed with an empty secret, as the service has no previous one", b""),
            ):
                old = sender.message().signed(key).request()
                gone.append(attacks.Attack("unsigned", what, (old,)))
        yield from self._each([again, *gone, fresh])

    def _each(self, every: Iterable[Attack]) -> Iterator[Delivery]:
        for attack in every:
            if self._groups and attack.group not in self._groups:
                continue
            before = self._state()
            answers = self._sent(attack)
            if self._lag > 2 * _POLL:
                time.sleep(3 * self._lag)
            acted = self._times(before, self._state())
            acted += sum(bool(attack.echo) and attack.echo.encode() in answer.body for answer in answers)
            error = next((answer.error for answer in answers if answer.error), "")
            statuses = tuple(answer.status for answer in answers)
            taken, ready = answers[0].taken, attack.requests[0].endless
            yield Delivery(attack.group, attack.what, statuses, acted, attack.allowed, error, taken, ready)

    def _sent(self, attack: Attack) -> list[Answer]:
        turn = next(self._turns)
        numbered = [(request, turn + number) for number, request in enumerate(attack.requests)]
        if not attack.together:
            return [self._service.send(request, number) for request, number in numbered]
        with ThreadPoolExecutor(len(numbered)) as pool:
            return list(pool.map(lambda pair: self._service.send(*pair), numbered))

    def _state(self) -> tuple[object, ...] | None:
        return self._connection.execute(self._effect.encode()).fetchone()

    def _times(self, before: tuple[object, ...] | None, after: tuple[object, ...] | None) -> int:
        if before == after:
            return 0
        change = _difference(before, after)
        return max(round(abs(change / self._unit)), 1)


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
