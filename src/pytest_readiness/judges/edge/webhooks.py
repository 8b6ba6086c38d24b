"""Whether webhooks act on genuine messages, once, and on nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.vocabulary import Finding, Status, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.webhooks import Delivery, Endpoint, WebhookEvidence

_RESET = ("ConnectionResetError", "BrokenPipeError")
_CUT_OFF = (*_RESET, "RemoteDisconnected", "ConnectionAbortedError")
_ERROR, _NOT_IMPLEMENTED = 500, 501


def effects(evidence: WebhookEvidence, *groups: str) -> Iterator[Finding]:
    """Judge by the effect: each delivery acts as often as it may, and others still may after it."""
    for hook in evidence.webhooks:
        found = _finding(hook, groups, _acted)
        untold = _unproved(hook, groups) if found.status is Status.PASSED else ""
        if found.status is Status.PASSED and "replayed" in groups and hook.unmoved:
            untold = untold or f"how long messages are remembered is not determined: {hook.unmoved}"
        yield unknown(hook.name, untold) if untold else found


def answers(evidence: WebhookEvidence, *groups: str) -> Iterator[Finding]:
    """Judge by the answer: what is no message is refused, and breaks nothing."""
    for hook in evidence.webhooks:
        yield _finding(hook, groups, _answered)


def _finding(hook: Endpoint, groups: tuple[str, ...], judge: Callable[[Endpoint, Delivery], str]) -> Finding:
    seen = hook.of(*groups)
    wrong = [(delivery, text) for delivery in seen if (text := judge(hook, delivery))]
    if wrong:
        delivery, text = wrong[0]
        more = f" And {len(wrong) - 1} more: {_listed(wrong[1:])}." if len(wrong) > 1 else ""
        return failed(
            hook.name,
            f"{delivery.attack}: {text}.{more}",
            reproduce=f"{hook.where} ({hook.scheme}): {delivery.attack}\n"
            f"before and after: {hook.effect}\n"
            f"status: {', '.join(map(str, delivery.statuses))}",
        )
    if hook.broken:
        return unknown(hook.name, hook.broken)
    if not seen:
        return passed(hook.name, f"{hook.scheme} has no messages of that kind")
    return passed(hook.name, f"{len(seen)} deliveries to {hook.where}{_untold(seen)}")


def _unproved(hook: Endpoint, groups: tuple[str, ...]) -> str:
    """Say what may have acted on nothing since nothing acted any more: no genuine message did afterwards."""
    last = ""
    for delivery in hook.deliveries:
        if delivery.group in groups and not delivery.allowed[1]:
            last = delivery.attack
        elif delivery.group == "genuine" and delivery.acted:
            last = ""
    return f"{last}: no genuine message acted after that, so that refusals prove nothing" if last else ""


def _untold(seen: tuple[Delivery, ...]) -> str:
    """Say what was taken of an endless body where nothing is declared that judges it."""
    taken = next((delivery.taken for delivery in seen if delivery.unbounded), 0)
    return f"; a body of {_mb(taken)} was taken, and `largest` is not told" if taken else ""


def _mb(size: int) -> str:
    return f"{size / 1e6:.1f} MB"


def _listed(wrong: list[tuple[Delivery, str]], most: int = 4) -> str:
    names = [delivery.attack for delivery, _ in wrong[:most]]
    return "; ".join(names) + ("; …" if len(wrong) > most else "")


def _acted(_hook: Endpoint, delivery: Delivery) -> str:
    least, most = delivery.allowed
    status = ", ".join(dict.fromkeys(map(str, delivery.statuses)))
    if delivery.acted > most:
        return f"it acted {delivery.acted} times, and may act {most} times (status {status})"
    if delivery.acted < least:
        return f"it did not act (status {status}{': ' + delivery.error if delivery.error else ''})"
    if least and delivery.group == "genuine" and delivery.statuses[0] not in SUCCESS:
        return f"it acted, and was answered {status}: the sender sends it again"
    return ""


def _answered(hook: Endpoint, delivery: Delivery) -> str:
    if hook.largest and delivery.unbounded:
        what = f"answered {delivery.statuses[0]}" if any(delivery.statuses) else "not answered"
        return f"{_mb(delivery.taken)} were taken and {what}, and the largest message has {_mb(hook.largest)}"
    if delivery.acted > delivery.allowed[1]:
        return "it acted"
    broken = [status for status in delivery.statuses if status >= _ERROR and status != _NOT_IMPLEMENTED]
    if broken:
        return f"the answer is {broken[0]}"
    # Whoever refuses before all is read resets the connection, and the reset may overtake the answer; one
    # that is down from then on refuses the next message's connection.
    large = delivery.group in {"huge", "endless"}
    cut = delivery.error.startswith(_CUT_OFF if large else _RESET)
    if 0 in delivery.statuses and not cut:
        return f"there is no answer ({delivery.error})"
    if delivery.group == "order" and len(set(delivery.statuses)) > 1:
        said = " and ".join(map(str, delivery.statuses))
        return f"the answers are {said}: the body is parsed before the signature is verified"
    return ""
