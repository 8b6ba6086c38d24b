"""What code calls without saying in which schema it is: the server takes whatever fits best."""

from __future__ import annotations

import re

from pytest_readiness.judges.sql.lexis import name_of, plain, unsaid

_CALL = re.compile(r"(?<![\w.$])([a-z_]\w*)\s*\(", re.IGNORECASE)
_OPEN, _CLOSE = "([", ")]"


def bare_calls(body: str) -> tuple[tuple[str, int], ...]:
    """Return by name, and by how many arguments it is given, what may be the call of a function."""
    said = unsaid(plain(body))
    found = ((name_of(call[1]), _given(said, call.end())) for call in _CALL.finditer(said))
    return tuple(dict.fromkeys(found))


def _given(said: str, start: int) -> int:
    """Return how many arguments stand from here up to the parenthesis that closes them."""
    depth, count = 0, 1
    for place in range(start, len(said)):
        character = said[place]
        if character in _OPEN:
            depth += 1
        elif character in _CLOSE:
            if not depth:
                return count if said[start:place].strip() else 0
            depth -= 1
        elif character == "," and not depth:
            count += 1
    return count
