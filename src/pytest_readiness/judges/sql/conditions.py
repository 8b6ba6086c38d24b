"""What a condition is put together from, as the server writes it down: parentheses around every part."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import name_of, plain

if TYPE_CHECKING:
    from collections.abc import Iterator


def alternatives(condition: str) -> Iterator[str]:
    """Yield what is enough by itself, without the parentheses around it."""
    text = bare(" ".join(plain(condition).split()))
    parts = split(text, " OR ")
    if len(parts) == 1:
        yield text
        return
    for part in parts:
        yield from alternatives(part)


def enough(condition: str) -> frozenset[str]:
    """Return the names of columns that are asked alone, any of which is enough."""
    return frozenset(name_of(one) for one in alternatives(condition) if one.isidentifier())


def bare(text: str) -> str:
    """Return a text without the parentheses around all of it."""
    text = text.strip()
    while text.startswith("(") and text.endswith(")") and _closes(text):
        text = text[1:-1].strip()
    return text


def split(text: str, word: str) -> list[str]:
    """Split at a word that stands in no parentheses and no string."""
    parts, depth, start, quoted = [], 0, 0, False
    for position, letter in enumerate(text):
        quoted ^= letter == "'"
        depth += (letter == "(") - (letter == ")")
        if not depth and not quoted and text.startswith(word, position):
            parts.append(text[start:position])
            start = position + len(word)
    return [*parts, text[start:]]


def _closes(text: str) -> bool:
    """Whether the first parenthesis is closed by the last one."""
    depth = 0
    for position, letter in enumerate(text):
        depth += (letter == "(") - (letter == ")")
        if not depth:
            return position == len(text) - 1
    return False
