"""Reads what the entry of a write says, and puts together what is claimed by it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.audit import Claim, value

if TYPE_CHECKING:
    from pytest_readiness.gather.trail.writer import Writer
    from pytest_readiness.target.identities import Identity


@dataclass(frozen=True, slots=True)
class Acted:
    """A write that leaves an entry, who makes it, and what it takes before it."""

    actor: Identity
    sql: str
    before: str = ""


class Claiming:
    """Makes writes again, each undone at once.

    Args:
        writer: Runs them.

    Attributes:
        entries: What they left, one of each.
    """

    def __init__(self, writer: Writer) -> None:
        self.writer = writer
        self.entries: list[dict[str, Any]] = []

    def said(self, acted: Acted, column: str) -> str | None:
        """Return what the entry of a write has in a place; None when nothing, and why where there is none."""
        done = self.writer.run(acted.sql, acted.actor, before=acted.before, keep=False)
        if not done.entries:
            return f"(the write was refused: {done.message})" if done.sqlstate else "(no entry)"
        self.entries.append(done.entries[0])
        held = value(done.entries[0], column)
        return None if held is None else str(held)

    def claim(
        self,
        acted: Acted,
        field: str,
        said: str | None,
        *,
        about: str = "",
        truth: tuple[str, ...] = (),
        lie: str = "",
    ) -> Claim:
        """Return what an entry claims."""
        become = f"{acted.actor.script()}\n{acted.before}"
        script = self.writer.script(acted.sql, None, become, first=False)
        table, log = self.writer.relation.name, self.writer.log
        return Claim(table, log, acted.actor.name, about, field, truth, lie, said, script)
