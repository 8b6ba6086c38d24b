"""What a function asks of the form of an argument, and texts that have it: an address, a link, a code.

The server tells which texts have a form: it knows its patterns, and it stops when time is up.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.attempts import QUERY
from pytest_readiness.gather.synthesis.values import COMMON_TEXTS
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from pytest_readiness.gather.attacks.attempts import Outcome

_STRING = r"\s*(?P<text>e'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*')(?P<escape>\s+escape\s+'[^']*')?"
_OPERATORS = r"(?P<operator>!?~~?\*?|(?:not\s+)?i?like|(?:not\s+)?similar\s+to)"


def conditions(name: str, body: str) -> tuple[str, ...]:
    """Return what a body demands of an argument, or refuses if it is not so, as conditions on ``x``.

    Args:
        name: Of the argument.
        body: Of its function, in plain SQL.
    """
    return tuple(dict.fromkeys(_conditions(name, body))) if name else ()


def _conditions(name: str, body: str) -> Iterator[str]:
    said = rf"(?<![\w.]){re.escape(name)}\s*(?:::\s*\w+\s*)?\)?\s*{_OPERATORS}{_STRING}"
    for found in re.finditer(said, body, re.IGNORECASE | re.DOTALL):
        operator = re.sub(r"^(!|not\s+)", "", found["operator"], flags=re.IGNORECASE)
        yield f"x {operator} {found['text']}{found['escape'] or ''}"


class Forms:
    """Asks the server which texts have a form, each form and list of texts once.

    Attributes:
        ask: Runs a step, and undoes it.
    """

    def __init__(self, ask: Callable[[str], Outcome]) -> None:
        self.ask = ask
        self._unknown: set[tuple[str, ...]] = set()
        self._known: dict[tuple[tuple[str, ...], tuple[str, ...]], tuple[str, ...]] = {}

    def formed(self, texts: Sequence[str], name: str, body: str) -> list[str]:
        """Return texts with those first that a body lets through; a common one where none is.

        Args:
            texts: For the argument, the likeliest first.
            name: Of the argument.
            body: Of its function, in plain SQL.
        """
        asked = conditions(name, body)
        fitting = self._fitting(asked, tuple(dict.fromkeys([*texts, *COMMON_TEXTS]))) if asked else ()
        own = [text for text in fitting if text in texts]
        return list(dict.fromkeys([*(own or fitting[:1]), *texts]))

    def _fitting(self, asked: tuple[str, ...], texts: tuple[str, ...]) -> tuple[str, ...]:
        """Return the texts of which all conditions are true; none if the server cannot tell."""
        if asked in self._unknown:
            return ()
        if (asked, texts) not in self._known:
            among = f"unnest(array[{', '.join(map(literal, texts))}]::text[]) with ordinality as t (x, nr)"
            outcome = self.ask(f"{QUERY}select x from {among} where {' and '.join(asked)} order by nr")
            if outcome.state:
                self._unknown.add(asked)
                return ()
            self._known[asked, texts] = outcome.rows
        return self._known[asked, texts]
