"""Secrets that stand in the bodies of functions, which every role of the database may read."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence

_KNOWN = re.compile(
    r"\b(?:sk|rk|pk)_(?:live|test)_\w{10,}|\beyJ[\w-]{10,}\.[\w-]{10,}|\bAKIA[0-9A-Z]{16}\b|\bgh[pousr]_\w{20,}"
    r"|\bxox[baprs]-[\w-]{10,}|\bAIza[\w-]{30,}|-----BEGIN [A-Z ]*PRIVATE KEY|\bSG\.[\w-]{16,}\.[\w-]{16,}"
)
"""Shapes of keys that well-known services give out."""

_CALLED = re.compile(
    r"(?:secret|passw(?:or)?d|api_?-?key|(?:service|private|access|signing|encryption|auth)_?-?(?:key|token))"
    r"[\w ]*'?\s*(?::?=|,|=>|\btext\b\s*:=|->)\s*'([^'\s]{12,})'",
    re.IGNORECASE,
)
"""A long string beside a word for secrets."""

_SHOWN = 4


def secrets(catalog: CatalogEvidence) -> Iterator[tuple[str, str]]:
    """Yield the signature of a function and the beginning of a secret in its body."""
    for function in catalog.functions:
        found = _KNOWN.search(function.body)
        called = (text for text in _CALLED.findall(function.body) if _random(text))
        secret = found[0] if found else next(called, "")
        if secret:
            yield function.signature, f"{secret[:_SHOWN]}…"


def _random(text: str) -> bool:
    """Whether a text looks drawn, and is no name of a setting, key or type."""
    return bool(re.search(r"\d.*\d", text) and re.search(r"[A-Za-z]", text)) and not re.fullmatch(
        r"[a-z]+(?:[._:/-][a-z0-9]+)+", text
    )
