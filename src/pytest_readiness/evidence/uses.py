"""What people can do with what is theirs: the accesses that a change to the target must not take away."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Use:
    """One access that works.

    Attributes:
        actor: Who has it.
        verb: SELECT, INSERT, UPDATE, DELETE or CALL, or what came of it.
        subject: The relation or function.
    """

    actor: str
    verb: str
    subject: str

    def __str__(self) -> str:
        return f"{self.actor}: {self.verb} {self.subject}"


@dataclass(frozen=True, slots=True)
class UseEvidence:
    """All accesses that work."""

    uses: frozenset[Use]
