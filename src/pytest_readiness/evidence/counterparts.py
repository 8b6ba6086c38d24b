"""What somebody learned from the log about a row of another's, by calling a function that changes it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Learned:
    """Entries that a call left, and what they told whoever made it.

    Attributes:
        log: Schema-qualified name.
        function: Signature of what was called.
        reader: Who called, and read.
        relation: The table of the other's row.
        columns: Those whose values he could read nowhere else; empty where there are none.
        sql: What a person pastes to see it again.
    """

    log: str
    function: str
    reader: str
    relation: str
    columns: tuple[str, ...]
    sql: str


@dataclass(frozen=True, slots=True)
class CounterpartEvidence:
    """All calls that left entries which the caller could read, about rows of others.

    Attributes:
        barred: Why nobody could call as a user, though there is a log; empty when somebody could.
    """

    learned: tuple[Learned, ...] = ()
    barred: str = ""
