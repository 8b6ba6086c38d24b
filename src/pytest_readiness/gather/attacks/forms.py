"""What a function asks of the form of an argument, and texts that have it: an address, a link, a code."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.gather.synthesis.values import COMMON_TEXTS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

_STRING = r"\s*e?'(?P<text>(?:[^']|'')*)'"
_OPERATORS = r"(?P<operator>!?~~?\*?|(?:not\s+)?i?like|(?:not\s+)?similar\s+to)"


def formed(texts: Sequence[str], name: str, body: str) -> list[str]:
    """Return texts with those first that a body lets through; a common one where none is.

    Args:
        texts: For the argument, the likeliest first.
        name: Of the argument.
        body: Of its function, in plain SQL.
    """
    asked = list(_asked(name, body)) if name else []
    if not asked:
        return list(texts)

    def fits(text: str) -> bool:
        return all(ask(text) for ask in asked)

    fitting = list(filter(fits, texts)) or [text for text in COMMON_TEXTS if fits(text)][:1]
    return list(dict.fromkeys([*fitting, *texts]))


def _asked(name: str, body: str) -> Iterator[Callable[[str], object]]:
    """Yield what tells whether a text has a form that an argument is compared with: refused or demanded."""
    said = rf"(?<![\w.]){re.escape(name)}\s*(?:::\s*\w+\s*)?\)?\s*{_OPERATORS}{_STRING}"
    for found in re.finditer(said, body, re.IGNORECASE):
        operator, text = found["operator"].lower(), found["text"].replace("''", "'")
        flags = re.IGNORECASE if "*" in operator or "ilike" in operator else re.NOFLAG
        like = "like" in operator or "~~" in operator
        pattern = f"^{_of_like(text)}$" if like else f"^(?:{text})$" if "similar" in operator else text
        try:
            yield re.compile(pattern, flags).search
        except re.error:
            continue  # the server knows forms that this language does not


def _of_like(text: str) -> str:
    return "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in text)
