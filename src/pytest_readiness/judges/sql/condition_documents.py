"""What a body asks of JSON that it takes for conditions: names of columns, and words that join them."""

from __future__ import annotations

import re

_NEAR = 60
"""Characters behind a key in which what is asked of it stands."""

_ITERATED = re.compile(r"jsonb?_(?:each|each_text|object_keys)\s*\(", re.IGNORECASE)
_KEY = re.compile(r"->>?\s*'([\w-]+)'")
_WORD = re.compile(r"(->>?\s*)?'([\w.-]{1,40})'")


def holders(body: str) -> tuple[str, ...]:
    """Return the keys whose objects a body goes through one name after another; empty for the whole one."""
    found = (_KEY.search(_argument(body, one.end())) for one in _ITERATED.finditer(body))
    return tuple(dict.fromkeys(one[1] if one else "" for one in found))


def words_asked(body: str) -> dict[str, tuple[str, ...]]:
    """Return by key of a document the words with which a body compares what it says."""
    found: dict[str, dict[str, None]] = {}
    for key in _KEY.finditer(body):
        behind = body[key.end() : key.end() + _NEAR].partition(";")[0]
        said = (word for arrow, word in _WORD.findall(behind) if not arrow)
        found.setdefault(key[1], {}).update(dict.fromkeys(said))
    return {key: tuple(words) for key, words in found.items() if words}


def _argument(body: str, start: int) -> str:
    """Return what stands in the parentheses that were opened just before."""
    depth = 1
    for at, sign in enumerate(body[start:], start):
        depth += (sign == "(") - (sign == ")")
        if not depth:
            return body[start:at]
    return body[start:]
