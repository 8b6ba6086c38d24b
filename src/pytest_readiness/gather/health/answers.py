"""What answers and logs say of dependencies, in the words of whoever wrote them."""

from __future__ import annotations

import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.health.dependencies import words_for

if TYPE_CHECKING:
    from collections.abc import Iterator

_WORDS = {
    "healthy": {"healthy", "ok", "up", "pass", "passed", "passing", "ready", "alive", "live", "true"},
    "degraded": {"degraded", "warn", "warning", "partial"},
    "unhealthy": {"unhealthy", "fail", "failed", "failing", "error", "down", "critical", "unavailable",
                  "not ready", "not_ready", "out_of_service", "false"},
}  # fmt: skip
_TELLING = re.compile(
    r"(postgres(?:ql)?|rediss?|valkeys?)://|Traceback \(most recent|\bFile \"/|password=", re.IGNORECASE
)
_NUMBERS = re.compile(r"\b[0-9a-f-]{8,}\b|\d+(?:\.\d+)?(?:e-?\d+)?")
_MILLISECONDS = re.compile(r"(?:^|_)ms$|[a-z]Ms$|millis")
_NUMBER_NAMES = re.compile(r"latency|duration|elapsed|time|observed|_ms$|^ms$|seconds", re.IGNORECASE)


def state(body: Any) -> str:  # noqa: ANN401  whatever JSON holds
    """Return the state that a body names, as one of three words; empty where it names none."""
    if not isinstance(body, dict):
        return ""
    word = str(next((body[key] for key in ("status", "state", "health") if key in body), "")).lower()
    return next((state for state, words in _WORDS.items() if word in words), "")


def latencies(body: Any, name: str) -> tuple[float, ...]:  # noqa: ANN401  the same
    """Return the times of a dependency by its own name, or else by the first other one that has any.

    In seconds where the name says milliseconds; else in a unit that nothing tells.
    """
    found = (tuple(_numbers(body, word)) for word in words_for(name))
    return next((numbers for numbers in found if numbers), ())


def _numbers(body: Any, name: str) -> Iterator[float]:  # noqa: ANN401  the same
    """Yield the numbers that belong to a dependency and are named like a time."""
    if isinstance(body, list):
        for item in body:
            named = isinstance(item, dict) and name in {str(v).lower() for v in item.values()}
            yield from _times(item) if named else _numbers(item, name)
    if isinstance(body, dict):
        for key, value in body.items():
            yield from _times(value) if name in str(key).lower() else _numbers(value, name)


def _times(entry: Any) -> Iterator[float]:  # noqa: ANN401  the same
    if isinstance(entry, list):
        yield from chain.from_iterable(map(_times, entry))
    if isinstance(entry, dict):
        for key, value in entry.items():
            plain = isinstance(value, int | float) and not isinstance(value, bool)
            if plain and _NUMBER_NAMES.search(str(key)):
                yield float(value) / 1000 if _MILLISECONDS.search(str(key)) else float(value)


def leaks(text: str, secret: str, ports: list[int]) -> Iterator[str]:
    """Yield what an answer tells and should not: addresses, a trace, the password.

    Args:
        text: All that it says.
        secret: The password of a dependency.
        ports: Of dependencies: whoever names one tells their address, in whatever words.
    """
    yield from dict.fromkeys(match.group() for match in _TELLING.finditer(text))
    if secret in text:
        yield "the password of a dependency"
    for port in dict.fromkeys(ports):
        if told := re.search(
            rf"(?:\w[\w.-]*|\[[\w:]+\]):{port}\b|\bport\W{{0,3}}{port}\b", text, re.IGNORECASE
        ):
            yield told.group()


def recorded(log: str, name: str, usual: str = "") -> bool:
    """Whether some line is a record, in JSON or of keys and values, that names a dependency.

    Args:
        log: Of the time when it failed.
        name: Of the dependency.
        usual: The log of the time when it did not: what was written then too, but for numbers, tells nothing.
    """
    always = set(map(_without_numbers, usual.splitlines()))
    for line in log.splitlines():
        if name not in line.lower() or _without_numbers(line) in always:
            continue
        start = line.find("{")
        try:
            if start >= 0 and isinstance(json.loads(line[start:]), dict):
                return True
        except ValueError:
            pass
        if re.search(rf"\b\w+=\"?{re.escape(name)}\b", line, re.IGNORECASE):
            return True
    return False


def _without_numbers(line: str) -> str:
    return _NUMBERS.sub("0", line)
