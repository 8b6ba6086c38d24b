"""Texts that came from a target, made fit for a report."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from pytest_readiness.vocabulary import visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_SHOWN = 2_000
"""Characters of one detail or fix; more is cut, and says so."""

_SECRETS = (
    re.compile(r"(?P<keep>\b\w+://[^\s:/@]*:)[^\s@]+(?=@)"),
    re.compile(
        r"(?P<keep>\b(?:password|passwd|pwd|secret|token|api_?key)\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,;)]+)",
        re.IGNORECASE,
    ),
    re.compile(r"(?P<keep>\beyJ[\w-]{8,}\.)[\w-]+\.[\w-]+"),
)


def redact(text: str) -> str:
    """Take passwords out of URLs, connection strings and tokens."""
    for pattern in _SECRETS:
        text = pattern.sub(r"\g<keep>***", text)
    return text


_PASTED = "reproduce"
"""The field that a server is given again: its texts stay, and whoever shows them writes them out."""


def shown(value: Any) -> Any:  # noqa: ANN401  a part of the document
    """Write out, in all texts of a part of the document, what a terminal would obey."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, dict):
        return {key: item if key == _PASTED else shown(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [shown(item) for item in value]
    return value


def one_line(text: str) -> str:
    """Return a text in one line: a name with a line of its own would forge one."""
    return " ".join(text.split("\n"))


def cut(text: str, most: int = _SHOWN) -> str:
    """Cut a text that is too long, and say so."""
    return text if len(text) <= most else f"{text[:most]} … ({len(text) - most} characters more)"


def told_by(text: str, subject: str, check: str) -> bool:
    """Whether a text names its subject itself, or the check stands for the subject."""
    return subject == check or all(part in text for part in subject.split(": "))


def escaped(text: str) -> str:
    """Escape what Markdown, HTML or a table would read as its own."""
    text = visible(text)
    for character in "\\`*_[]|#~":
        text = text.replace(character, f"\\{character}")
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\n", " ")


def code(text: str, *, in_table: bool = False) -> str:
    """Return a text as code; in a table, a bar would end the cell even there."""
    ticks = "`" * (longest_ticks(text) + 1)
    pad = " " if "`" in text else ""
    inside = visible(text).replace(chr(10), " ")
    return f"{ticks}{pad}{inside.replace('|', chr(92) + '|') if in_table else inside}{pad}{ticks}"


def longest_ticks(text: str) -> int:
    """Return how many backticks stand together at most."""
    longest = run = 0
    for character in text:
        run = run + 1 if character == "`" else 0
        longest = max(longest, run)
    return longest


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield the lines of a table, and an empty one."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for row in rows:
        yield f"| {' | '.join(row)} |"
    yield ""
