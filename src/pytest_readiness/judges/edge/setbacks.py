"""Whether messages whose booking failed for a time act in the end, once, and repeated ones are accepted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.webhooks import Delivery, Endpoint, Setback, WebhookEvidence

_TWICE = 2


def kept(evidence: WebhookEvidence) -> Iterator[Finding]:
    """Judge by the effect: whatever was in the way of a message, it acts once in the end."""
    for hook in evidence.webhooks:
        yield _kept(hook)


def _kept(hook: Endpoint) -> Finding:
    lost = [(seen, text) for seen in hook.setbacks if (text := _lost(seen))]
    if lost:
        seen, text = lost[0]
        others = "".join(f" Also where {other.what}: {more}." for other, more in lost[1:])
        return failed(
            hook.name,
            f"While {seen.what}: {text}.{others}",
            reproduce=f"{hook.where} ({hook.scheme}): a genuine message while {seen.what}\n"
            f"before and after: {hook.effect}\n"
            f"status: {_listed(seen)}",
        )
    if hook.broken or not hook.setbacks:
        return unknown(hook.name, hook.broken or "no booking was made to fail")
    untold = [(seen, text) for seen in hook.setbacks if (text := seen.untried or _late(seen))]
    if untold:
        seen, text = untold[0]
        return unknown(hook.name, f"while {seen.what}: {text}")
    return passed(hook.name, f"{len(hook.setbacks)} bookings failed for a time, and were made once")


def _lost(seen: Setback) -> str:
    """Say how a message was lost, or acted too often; empty where it was not, or nobody knows."""
    told = _listed(seen)
    if seen.acted >= _TWICE:
        return f"the message acted {seen.acted} times in the end (status {told})"
    if seen.untried or (seen.acted and (seen.alone or seen.answer not in SUCCESS)):
        return ""
    if seen.answer in SUCCESS:
        end = "acted only when it was sent again all the same" if seen.acted else "never acted: it is lost"
        return f"the message was answered {seen.answer}, and {end}"
    end = ": it is lost" if seen.again and seen.again[-1] in SUCCESS else ""
    return f"the message was answered {told} when it was sent again, and never acted{end}"


def _late(seen: Setback) -> str:
    return f"{seen.late}, which is later than `acts_within`" if seen.late else ""


def _listed(seen: Setback) -> str:
    """Return what was answered, and after that what was each time that it was sent again."""
    again = dict.fromkeys(str(status or "not at all") for status in seen.again)
    return ", then ".join([str(seen.answer or "not at all"), *again])


def accepted(evidence: WebhookEvidence) -> Iterator[Finding]:
    """Judge by the answer: what acted before is accepted when it comes again."""
    for hook in evidence.webhooks:
        yield _accepted(hook)


def _accepted(hook: Endpoint) -> Finding:
    seen = [d for d in hook.of("again") if d.acted == 1 and d.statuses[0] in SUCCESS]
    refused = [delivery for delivery in seen if not {*delivery.statuses} <= {*SUCCESS}]
    if refused:
        delivery = refused[0]
        status = next(status for status in delivery.statuses if status not in SUCCESS)
        return failed(
            hook.name,
            f"{delivery.attack}: it acted, and was answered {_answer(delivery, status)} when it came again: "
            "the sender sends it again and again",
            reproduce=f"{hook.where} ({hook.scheme}): {delivery.attack}\n"
            f"status: {', '.join(map(str, delivery.statuses))}",
        )
    if hook.broken or not seen:
        return unknown(hook.name, hook.broken or "no message that came again had acted once")
    return passed(hook.name, f"{sum(len(d.statuses) - 1 for d in seen)} messages came again to {hook.where}")


def _answer(delivery: Delivery, status: int) -> str:
    return str(status) if status else f"with nothing ({delivery.error})"
