"""Delivers messages to the webhooks that settings declare, and counts what they do."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from pytest_readiness.evidence.webhooks import Endpoint, WebhookEvidence
from pytest_readiness.gather.endpoints.era import Era
from pytest_readiness.gather.webhooks import attacks, floods, glued, memory, poses, repeats, setbacks
from pytest_readiness.gather.webhooks.desk import Desk
from pytest_readiness.gather.webhooks.signing import Sender
from pytest_readiness.providers.errors import ProviderError
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_readiness.evidence.webhooks import Delivery
    from pytest_readiness.gather.webhooks.attacks import Attack
    from pytest_readiness.settings import Service, Webhook


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
    previous = f"secret.{hook.name}.previous"
    token = f"secret.{hook.name}.verify"
    secrets = {f"secret.{hook.name}": sender.secret, previous: sender.previous, token: sender.token}
    overlap, shaken = (_given(service, name) for name in (previous, token))
    with ExitStack() as stack:
        era, unmoved = _era(target, service, stack)
        if _given(service, "redis_url"):
            values["redis_url"] = era.url if era else target.redis_url()
        running = stack.enter_context(
            target.serving(hook.service, values, secrets, also=era.variables if era else None)
        )
        desk = Desk(running, connection, hook, sender)
        deliveries, held_up = list(desk.control()), []
        acts = deliveries[-1].acted
        if acts:
            rounds = _Rounds(desk, hook, groups)
            deliveries += rounds.all(previous if overlap else "", shaken=shaken)
            if rounds.has("setback"):
                held_up = setbacks.tried(desk, connection, hook.effect, target.admin, era)
            if era and rounds.has("replayed"):
                later, unmoved = memory.tried(desk, hook, era, connection)
                deliveries += later
    broken = "" if acts else "a genuine message did not act, so that refusals prove nothing"
    where, told = f"POST {hook.path}", (broken, hook.largest, unmoved, tuple(held_up))
    return Endpoint(hook.name, where, hook.scheme, hook.effect, tuple(deliveries), *told)


def _given(service: Service, name: str) -> bool:
    return any(f"{{{name}}}" in value for value in service.env.values())


def _era(target: Target, service: Service, stack: ExitStack) -> tuple[Era | None, str]:
    """Return a time that can be moved, with a Redis in it where the service has one; else say why not."""
    redis = _given(service, "redis_url")
    if redis and target.settings.redis not in {"auto", "embedded"}:
        return None, "the Redis that settings name keeps the true time"
    try:
        era = Era(target, stack, redis=redis)
    except ProviderError as error:
        return None, str(error)
    return (era, "") if era.moves else (None, era.technique)


def _payload(target: Target, hook: Webhook) -> str:
    if hook.payload.lstrip().startswith(("{", "[")):
        return hook.payload
    return (target.settings.root / hook.payload).read_text(encoding="utf-8")


class _Rounds:
    """All that is sent to one webhook, or some groups of it."""

    def __init__(self, desk: Desk, hook: Webhook, groups: tuple[str, ...]) -> None:
        self._desk = desk
        self._sender = desk.sender
        self._hook = hook
        self._groups = groups

    def has(self, group: str) -> bool:
        """Whether a group is among those."""
        return not self._groups or group in self._groups

    def all(self, previous: str, *, shaken: bool) -> Iterator[Delivery]:
        """Send everything; in the end, what only a service that was restarted can be asked."""
        sender, tolerance = self._sender, self._hook.tolerance
        kinds: tuple[Callable[[], Iterable[Attack]], ...] = (
            lambda: attacks.genuine(sender, overlap=bool(previous), tolerance=tolerance),
            lambda: attacks.handshakes(sender, known=shaken),
            lambda: attacks.unsigned(sender),
            lambda: poses.posing(sender),
            lambda: attacks.altered(sender),
            lambda: glued.glued(sender),
            lambda: attacks.stale(sender, tolerance),
            lambda: repeats.replayed(sender),
            lambda: attacks.malformed(sender),
            lambda: floods.endless(sender, self._hook.largest),
        )
        for make in kinds:
            yield from self._desk.deliver(lambda make=make: filter(self._chosen, make()))  # type: ignore[misc]
        last = attacks.Attack(
            "genuine", "a genuine message after all that", (sender.genuine().request(),), attacks.ONCE
        )
        yield from map(self._desk.one, filter(self._chosen, [last]))
        if self.has("restart"):
            yield from map(self._desk.one, filter(self._chosen, self._restarted(last, previous)))

    def _chosen(self, attack: Attack) -> bool:
        return self.has(attack.group)

    def _restarted(self, last: Attack, previous: str) -> Iterator[Attack]:
        self._desk.service.restart(without=previous)
        sender = self._sender
        what = "a message that acted before the service was restarted"
        yield attacks.Attack("replayed", what, last.requests)
        if previous:
            for what, key in (
                ("signed with the previous secret, which the service has no more", sender.previous_key),
                ("signed with an empty secret, as the service has no previous one", b""),
            ):
                yield attacks.Attack("unsigned", what, (sender.message().signed(key).request(),))
        fresh = sender.genuine().request()
        yield attacks.Attack("genuine", "a genuine message after a restart", (fresh,), attacks.ONCE)
