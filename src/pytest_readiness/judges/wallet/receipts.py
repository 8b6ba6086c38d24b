"""Whether a repetition is answered with the receipt of the first call, where answers carry any."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.wallet import Trial

_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_PLAIN = re.compile(r"(?=.*[0-9])[\w:/+=-]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\d(?!\d)(?!-)")
_FLAGS = ("0", "1")
"""What says whether a row was written, and is no number of one."""

_NAMES = re.compile(r"(?:^|_)(?:id|uuid|number|receipt|reference|ref)$|I[dD]$")
_OF_THE_CALL = re.compile(r"request|trace|correlation|attempt", re.IGNORECASE)
"""What is another with every call, repetitions included."""


def another(trial: Trial) -> str:
    """Say that a repetition was answered with another receipt than the first; nothing where it was not."""
    first, last = trial.answers[0], trial.answers[-1]
    if not (trial.repeats and first.accepted and last.accepted):
        return ""
    given, again = (_own(trial, receipts(answer.result or "")) for answer in (first, last))
    if not given or not again or given & again:
        return ""
    return f"the first call was answered with {first.result}, which is another receipt"


def _own(trial: Trial, found: frozenset[str]) -> set[str]:
    """Leave out what was asked with, and balances, in whatever unit: they are what they are by now."""
    balances = {_digits(str(balance)) for _, balance in (*trial.before, *trial.after)}
    return {one for one in found if one not in trial.asked and _digits(one) not in balances}


def _digits(text: str) -> str:
    return text.replace(".", "").strip("0")


def receipts(text: str) -> frozenset[str]:
    """Return what names a movement in an answer, as far as its form tells."""
    if _PLAIN.fullmatch(text) and not _MOMENT.match(text):
        return frozenset() if text in _FLAGS else frozenset({text})
    return frozenset(_UUID.findall(text)) | frozenset(_named(_read(text)))


def _read(text: str) -> object:
    try:
        return json.loads(text) if text.startswith(("{", "[")) else None
    except json.JSONDecodeError:
        return None


def _named(value: object) -> Iterator[str]:
    """Yield what stands under the name of an id, at any depth."""
    if isinstance(value, list):
        for one in value:
            yield from _named(one)
    if isinstance(value, dict):
        for name, one in value.items():
            if isinstance(one, dict | list):
                yield from _named(one)
            elif _NAMES.search(name) and not _OF_THE_CALL.search(name) and isinstance(one, str | int):
                yield str(one)
