"""Whether the header fields that tell of a rate limit are well formed, and true."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.admissions import Promise
    from pytest_readiness.evidence.endpoints import Refusal

_ITEM = (
    r'(?:"(?:[^"\\]|\\["\\])*"|-?\d{1,15}(?:\.\d{1,3})?|[A-Za-z*][\w!#$%&\'*+.^`|~:/-]*|\?[01]|:[\w+/=]*:)'
)
_PARAMETER = rf"\s*;\s*([a-z*][a-z0-9_.*-]*)(?:=({_ITEM}))?"
_MEMBER = re.compile(rf"\s*({_ITEM})((?:{_PARAMETER})*)\s*")
_OLDER = re.compile(r"\s*(limit|remaining|reset)=(\d+)\s*(?:,|$)")


def judged(promise: Promise, answer: Refusal, left: int) -> Iterator[str]:
    """Yield what is wrong with the fields that are there; none of them has to be.

    Args:
        promise: What the limit is declared to be.
        answer: That carries them.
        left: Requests that remain.
    """
    policy, state = answer.header("ratelimit-policy"), answer.header("ratelimit")
    if policy:
        members = parsed(policy)
        if members is None:
            yield f"RateLimit-Policy is no structured field: {policy!r}"
        else:
            yield from _policy(members, promise.limit, promise.window)
    if state and not _OLDER.match(state):
        members = parsed(state)
        if members is None:
            yield f"RateLimit is no structured field: {state!r}"
        else:
            yield from _state(members, answer, left, promise.window)
    for prefix in ("x-ratelimit", "ratelimit", "x-rate-limit"):
        yield from _legacy(answer, prefix, promise.limit, left)
        yield from _reset(answer, prefix, promise.window)


def _policy(members: list[dict[str, str]], limit: int, window: float) -> Iterator[str]:
    quotas = {member.get("q") or member["item"] for member in members}
    if str(limit) not in quotas:
        yield f"RateLimit-Policy names the quota {', '.join(sorted(quotas))}, and not {limit}"
    windows = {member["w"] for member in members if "w" in member}
    if windows and str(round(window)) not in windows:
        yield f"RateLimit-Policy names the window {', '.join(sorted(windows))}, and not {window:g}"


def _state(members: list[dict[str, str]], answer: Refusal, left: int, window: float) -> Iterator[str]:
    counted = [(int(m["r"]), m) for m in members if m.get("r", "").lstrip("-").isdigit()]
    if not counted:
        yield "RateLimit names no r, which is required"
        return
    least = min(remaining for remaining, _ in counted)
    if least != left:
        yield f"RateLimit says that {least} remain, and not {left}"
    # Of several policies, the one that least is left of decides; a day's may have hours to go.
    resets = [member.get("t", "") for remaining, member in counted if remaining == least]
    said = answer.header("retry-after")
    if said.isdigit() and any(reset.isdigit() and int(said) < int(reset) for reset in resets):
        yield f"Retry-After is {said}, which is earlier than t of RateLimit ({', '.join(resets)})"
    for reset in resets:
        if reset and not (reset.isdigit() and int(reset) <= 2 * window + 1):
            yield f"RateLimit names t={reset}, which is no number of seconds within two windows"


def _legacy(answer: Refusal, prefix: str, limit: int, left: int) -> Iterator[str]:
    for name, wanted in (("limit", limit), ("remaining", left)):
        value = answer.header(f"{prefix}-{name}").split(",")[0].split(";")[0].strip()
        if value and value != str(wanted):
            yield f"{prefix}-{name} is {value}, and not {wanted}"


def _reset(answer: Refusal, prefix: str, window: float) -> Iterator[str]:
    """A reset is seconds from now, or a moment since 1970 in seconds or milliseconds: no form is standard."""
    value = answer.header(f"{prefix}-reset").split(",")[0].strip()
    if not value or not answer.now:
        return
    if not re.fullmatch(r"\d{1,15}(\.\d+)?", value):
        if not re.match(r"\d{4}-\d\d-\d\dT|\w{3}, \d\d ", value):
            yield f"{prefix}-reset is {value!r}, which is neither seconds nor a moment"
        return
    number = float(value)
    readings = (number, number - answer.now, number / 1000 - answer.now)
    if not any(-1 <= seconds <= 2 * window + 1 for seconds in readings):
        yield f"{prefix}-reset is {value}, which is no moment within two windows, however it is read"


def parsed(field: str) -> list[dict[str, str]] | None:
    """Return the members of a list of structured items, each with its parameters; None where it is none."""
    members, at = [], 0
    while True:
        match = _MEMBER.match(field, at)
        if match is None:
            return None
        parameters = dict(re.findall(_PARAMETER, match.group(2)))
        members.append({"item": match.group(1), **parameters})
        at = match.end()
        if at == len(field):
            return members
        if field[at] != ",":
            return None
        at += 1
