"""A statement that somebody made, and what came of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.statuses import REFUSED

if TYPE_CHECKING:
    from pytest_readiness.judges.audit.authors import Author
    from pytest_readiness.target.identities import Identity


ON_PURPOSE = frozenset({REFUSED, "P0001"})
"""By which code and rights refuse."""


@dataclass(frozen=True, slots=True)
class Done:
    """A statement that was run: its refusal, or the rows and entries that came and went."""

    sqlstate: str
    message: str
    gone: tuple[dict[str, Any], ...] = ()
    new: tuple[dict[str, Any], ...] = ()
    entries: tuple[dict[str, Any], ...] = ()
    lost: tuple[dict[str, Any], ...] = ()

    @property
    def counts(self) -> bool:
        """Whether it changed a row, or was refused by somebody who meant to."""
        return bool(self.gone or self.new) or self.sqlstate in ON_PURPOSE


@dataclass(frozen=True, slots=True)
class Turn:
    """A statement, who made it, and what came of it."""

    author: Author
    actor: Identity
    sql: str
    done: Done
