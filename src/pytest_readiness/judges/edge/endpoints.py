"""Whether an endpoint keeps its limit, whatever is tried, and whether its refusals are true."""

from __future__ import annotations

import json
import re
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import SUCCESS
from pytest_readiness.judges.edge import header_fields
from pytest_readiness.judges.edge.guarantees import FIXED, bound
from pytest_readiness.vocabulary import Finding, failed, passed, unknown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.admissions import Promise
    from pytest_readiness.evidence.endpoints import (
        EndpointEvidence,
        Interruption,
        LimitedEndpoint,
        Refusal,
        Volley,
    )

_TOO_MANY, _RAISED, _PARTS = 429, 500, 13
_GRACE_S = 0.5
"""Beyond the declared time: two busy cores, and the way there and back."""
_ALONE = "; whether processes share the limit was not tried: "
_UNTRIED = "; whether Retry-After holds was not tried"


def limits(endpoint: LimitedEndpoint) -> Iterator[str]:
    """Exactly the limit is served, refusals reach no handler, and others are not refused for it."""
    limit = endpoint.promise.limit
    for volley in endpoint.of("exact"):
        if volley.served != limit:
            yield f"{volley.what}: {volley.served} are served, and not {limit}"
        early = [status for status in volley.statuses[:limit] if status not in SUCCESS]
        if early:
            yield f"{volley.what}: one of the first {limit} is answered {early[0]}"
        if volley.work is not None and volley.work > limit:
            yield f"{volley.what}: the handler ran {volley.work} times: for refused requests as well"
    for volley in endpoint.of("crowd"):
        if volley.served > limit:
            yield f"{volley.what}: {volley.served} are served, and not {limit}"
    for volley in endpoint.of("boundary"):
        promise = endpoint.promise
        window = promise.window
        most = bound(promise.guarantee or FIXED, limit, window, window / (_PARTS - 1))
        if volley.served > most:
            claim = promise.guarantee or f"{FIXED}, the weakest guarantee there is,"
            yield f"{volley.what}: {volley.served} are served, where {claim} admits {most}"
    yield from _others(endpoint)


def _others(endpoint: LimitedEndpoint) -> Iterator[str]:
    """Other processes refuse as well; other callers, and those who come back later, are served."""
    for volley in endpoint.of("process"):
        if volley.served:
            yield f"{volley.what}: it serves ({_codes(volley)}), so that each process has a limit of its own"
    for volley in endpoint.of("retrying"):
        if not volley.served:
            yield f"{volley.what}: that one is answered {_codes(volley)}: refused requests use up budget"
    for volley in endpoint.of("neighbour"):
        if _TOO_MANY in volley.statuses or not volley.served:
            status = volley.statuses[0]
            yield f"{volley.what}: it is answered {status}, since another caller used up the limit"
    for volley in endpoint.of("elsewhere"):
        if _TOO_MANY in volley.statuses:
            yield f"{volley.what}: it is answered {_TOO_MANY}, since the limit is used up here"


def ways_around(endpoint: LimitedEndpoint) -> Iterator[str]:
    """Nothing about a request but its caller opens another budget; a preflight uses up none."""
    for volley in endpoint.of("bypass", "guess"):
        if _worked(volley):
            yield f"{volley.what}: it is served ({_codes(volley)}), though the limit is used up"
    for volley in endpoint.of("preflight"):
        if _TOO_MANY in volley.statuses:
            yield f"{volley.what}: it is refused, and browsers then send nothing at all"


def _worked(volley: Volley) -> bool:
    """Whether it was answered with success, and the handler ran, as far as anything tells."""
    return volley.served > 0 and volley.work != 0


def _codes(volley: Volley) -> str:
    return ", ".join(dict.fromkeys(map(str, volley.statuses)))


def answers(endpoint: LimitedEndpoint) -> Iterator[str]:
    """Refusals are 429, say when to come back, are true about it, and tell nothing else."""
    for refusal in endpoint.refusals:
        if refusal.status in SUCCESS:
            continue  # that is another check's
        yield from _refusal(endpoint, refusal)
    if endpoint.admitted:
        yield from header_fields.judged(endpoint.promise, endpoint.admitted, endpoint.promise.limit - 1)
        for leak in endpoint.admitted.leaks:
            yield f"an answer within the limit tells {leak!r}"


def _refusal(endpoint: LimitedEndpoint, refusal: Refusal) -> Iterator[str]:
    if refusal.status != _TOO_MANY:
        yield f"a refusal is answered {refusal.status}, and not {_TOO_MANY}"
    said = refusal.header("retry-after")
    yield from _retry(endpoint, refusal, said)
    stored = refusal.header("cache-control").lower()
    if re.search(r"\bpublic\b|max-age=0*[1-9]|s-maxage=0*[1-9]", stored) and "no-store" not in stored:
        yield f"a refusal may be stored ({stored})"
    elif not re.search(r"no-store|no-cache|max-age|private", stored) and _lasts(refusal):
        yield f"a refusal may be stored until {refusal.header('expires')}"
    for leak in refusal.leaks:
        yield f"a refusal tells {leak!r}"
    yield from _problem(refusal)
    yield from header_fields.judged(endpoint.promise, refusal, 0)


def _lasts(refusal: Refusal) -> bool:
    """Whether it expires later than when it came (RFC 9111, 4.2.1)."""
    try:
        return parsedate_to_datetime(refusal.header("expires")).timestamp() > refusal.now + 1
    except (TypeError, ValueError):
        return False


def _retry(endpoint: LimitedEndpoint, refusal: Refusal, said: str) -> Iterator[str]:
    if not said:
        yield "a refusal has no Retry-After"
    elif not re.fullmatch(r"\d{1,9}|\w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT", said):
        yield f"Retry-After is {said!r}, which is neither whole seconds nor a date"
    elif refusal.wait is not None and not 0 < refusal.wait <= 2 * endpoint.promise.window + 1:
        yield (
            f"Retry-After is {said}, which is {refusal.wait:.0f} s from the answer on, and lies outside of "
            f"two windows of {endpoint.promise.window:g} s"
        )
    elif refusal.early:
        yield f"Retry-After is {said}, and a request more than a second before that is served"
    elif refusal.late == 0:
        yield f"Retry-After is {said}, and a request after that is refused"


def _problem(refusal: Refusal) -> Iterator[str]:
    if "application/problem+json" not in refusal.header("content-type"):
        return
    try:
        body = json.loads(refusal.body)
    except ValueError:
        yield "the body of a refusal is called application/problem+json, and is no JSON"
        return
    status = body.get("status", refusal.status) if isinstance(body, dict) else None
    if status != refusal.status:
        yield f"the problem says status {status}, and the answer is {refusal.status}"


def outages(endpoint: LimitedEndpoint) -> Iterator[str]:
    """Without Redis, the declared decision comes in the declared time; and with it again, so does service."""
    promise = endpoint.promise
    for interruption in endpoint.interruptions:
        yield from _interrupted(interruption, promise)
        for leak in interruption.leaks:
            yield f"{interruption.what}: the answer tells {leak!r}"
        if interruption.back and not any(status in SUCCESS for status in interruption.back):
            yield f"{interruption.what}, and goes on: requests are still answered {interruption.back[-1]}"


def _interrupted(seen: Interruption, promise: Promise) -> Iterator[str]:
    codes = ", ".join(dict.fromkeys(map(str, seen.statuses)))
    if 0 in seen.statuses or seen.seconds > promise.failure_within + _GRACE_S:
        answer = "there is no answer" if 0 in seen.statuses else f"the answer is {codes}"
        yield f"{seen.what}: {answer} after {seen.seconds:.1f} s; {promise.failure_within:g} s are declared"
    elif _RAISED in seen.statuses:
        yield f"{seen.what}: the answer is {_RAISED}: nobody has decided what happens then"
    elif promise.on_redis_failure == "refuse" and any(status in SUCCESS for status in seen.statuses):
        yield f'{seen.what}: it is served ({codes}), and on_redis_failure = "refuse" is declared'
    elif promise.on_redis_failure == "admit" and any(status not in SUCCESS for status in seen.statuses):
        yield f'{seen.what}: the answer is {codes}, and on_redis_failure = "admit" is declared'


def findings(
    evidence: EndpointEvidence, judge: Callable[[LimitedEndpoint], Iterator[str]]
) -> Iterator[Finding]:
    """Judge each endpoint."""
    for endpoint in evidence.endpoints:
        subject = f"{endpoint.name}: {endpoint.where}"
        if endpoint.broken:
            yield unknown(subject, endpoint.broken)
            continue
        wrong = list(dict.fromkeys(judge(endpoint)))
        if wrong:
            more = f" And {len(wrong) - 1} more: {'; '.join(wrong[1:4])}." if len(wrong) > 1 else ""
            yield failed(subject, f"{wrong[0]}.{more}", reproduce=_reproduction(endpoint, wrong[0]))
        elif missing := _UNSEEN[judge](endpoint):
            yield unknown(subject, f"not determined: {missing}")
        else:
            trials = len(endpoint.volleys) + len(endpoint.refusals) + len(endpoint.interruptions)
            yield passed(subject, f"{trials} trials on {endpoint.technique}{_untried(endpoint, judge)}")


def _untried(endpoint: LimitedEndpoint, judge: Callable[[LimitedEndpoint], Iterator[str]]) -> str:
    """Say what a pass does not stand for."""
    if judge is answers and not any(map(_came_back, endpoint.refusals)):
        return _UNTRIED
    if judge is ways_around:
        for volley in endpoint.of("stranger"):
            refused = _codes(volley)
            return f"; whether guesses at credentials are limited was not tried: without one it is {refused}"
    if judge is limits:
        unseen = all(volley.work is None for volley in endpoint.of("exact"))
        handler = "; whether refused requests reach the handler was not seen: `work` is not told"
        return handler * unseen + _alone(endpoint)
    return ""


def _alone(endpoint: LimitedEndpoint) -> str:
    """Say why no second process refused for what was used up at the first, where none did."""
    asked = endpoint.of("process")
    if endpoint.instances > 1 or any(_TOO_MANY in volley.statuses for volley in asked):
        return ""
    return _ALONE + next((volley.what for volley in asked if not volley.asked), "`instances` is 1")


def _came_back(refusal: Refusal) -> bool:
    """Whether a request was made when the refusal had said, or shortly before."""
    return refusal.early is not None or refusal.late is not None


def _reproduction(endpoint: LimitedEndpoint, wrong: str) -> str:
    promise = endpoint.promise
    return f"limit {promise.limit} in {promise.window:g} s, {endpoint.where}\n{wrong}"


def _no_windows(endpoint: LimitedEndpoint) -> str:
    if not endpoint.of("boundary"):
        return f"no window was waited for: time passes as it does on {endpoint.technique}"
    if not endpoint.of("neighbour"):
        return "no other caller was asked while one had used up the limit: `valid` names less than two"
    return ""


def _no_bypass(endpoint: LimitedEndpoint) -> str:
    tried = endpoint.of("bypass", "guess")
    if not tried:
        return "nothing was tried once the limit was used up"
    refusals = {_TOO_MANY, *(refusal.status for refusal in endpoint.refusals)} - {0, *SUCCESS}
    refused = any(status in refusals for volley in tried for status in volley.statuses)
    return "" if refused else f"none of {len(tried)} ways was refused for the limit"


def _no_refusal(endpoint: LimitedEndpoint) -> str:
    refused = [refusal for refusal in endpoint.refusals if refusal.status not in SUCCESS]
    return "" if refused else "no request beyond the limit was refused"


def _no_outage(endpoint: LimitedEndpoint) -> str:
    return "" if endpoint.interruptions else "Redis is not this run's own, and is not made to fail"


_UNSEEN: dict[Callable[[LimitedEndpoint], Iterator[str]], Callable[[LimitedEndpoint], str]] = {
    limits: _no_windows,
    ways_around: _no_bypass,
    answers: _no_refusal,
    outages: _no_outage,
}
"""What a pass of each judge needs to have seen."""
