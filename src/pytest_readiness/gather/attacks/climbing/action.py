"""Statements that an attacker may run, and what they may change."""

from __future__ import annotations

import re
from dataclasses import dataclass

WRITES = re.compile(r"\b(insert|update|delete|merge|set_config|execute)\b", re.IGNORECASE)
"""What changes something, or may."""


@dataclass(frozen=True, slots=True)
class Action:
    """Statements that an attacker may run.

    Attributes:
        subject: The relation or function that they go through.
        steps: The statements.
        touches: Relations that they may change, or that a function looks at.
        before: What a superuser does first, to put the target into a state that it may be in.
        temporary: Whether they make temporary objects or settings, which no comparison of rows shows.
        settings: Whether they make settings, which policies may ask for.
        key: What yields the primary key of the one row that they make, in SQL; empty where nothing does.
        row: What that row says.
        allowed: What a superuser does to give what the attacker may have: what he reads then is no harm.
        adopts: Whether his row says afterwards what code compares with a row of hers.
        asks: The word by which his row only asks for a place: what takes requests is not open by that.
        said: In which state he did it, for people; empty where it is that of any user.
        changes: Relations that they may change, where these are fewer than those that they look at as well.
        shadowing: Whether they only make what the function would take for a table: others may take it too.
    """

    subject: str
    steps: tuple[str, ...]
    touches: frozenset[str]
    before: tuple[str, ...] = ()
    temporary: bool = False
    settings: bool = False
    key: str = ""
    row: tuple[tuple[str, str | None], ...] = ()
    allowed: tuple[str, ...] = ()
    adopts: bool = False
    asks: str = ""
    said: str = ""
    changes: frozenset[str] | None = None
    shadowing: bool = False

    @property
    def watch(self) -> tuple[str, ...]:
        """The relations whose rows are compared with what they were."""
        return tuple(sorted(self.touches if self.changes is None else self.changes))
