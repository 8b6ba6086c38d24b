"""A row that was made, and that none could be."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping


class CannotFillError(Exception):
    """No row could be made; the text is the last refusal."""


@dataclass(frozen=True, slots=True)
class Row:
    """A row that is in the database.

    Attributes:
        stored: As ``to_jsonb`` gave it when it was made; triggers may have changed what was sent.
        texts: The same, each column as the text of a literal.
        where: A condition that finds it again.
        sql: The statement that made it; empty when a trigger did.
        canaries: The recognisable texts in it.
    """

    relation: str
    person: str
    stored: Mapping[str, Any]
    texts: Mapping[str, str | None]
    where: str
    sql: str
    canaries: tuple[str, ...]

    @property
    def adopted(self) -> bool:
        """Whether a trigger made it."""
        return not self.sql
