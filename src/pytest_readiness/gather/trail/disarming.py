"""Takes what records off the tables, as an application that owns them, or the functions that record, may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.altering import came_to_it
from pytest_readiness.gather.trail.changing import changes_of
from pytest_readiness.gather.trail.owning import HOLLOW
from pytest_readiness.gather.trail.writer import Writer
from pytest_readiness.judges.audit.audit_log import fills, trigger_texts
from pytest_readiness.judges.audit.log_attacks import DISARMED
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation, Trigger
    from pytest_readiness.gather.trail.ground import LogGround
    from pytest_readiness.gather.trail.turn import Done
    from pytest_readiness.target.identities import Identity


class Disarming:
    """Attempts on the tables of one log, in a transaction that the caller rolls back.

    Args:
        ground: The log, and the tables that it tells of.
    """

    def __init__(self, ground: LogGround) -> None:
        self._ground = ground
        self._hollowed: set[str] = set()

    def all(self) -> Iterator[Attempt]:
        """Yield what came of each attempt; nothing where the application owns nothing of this."""
        people = self._ground.people
        for relation in self._ground.audited:
            recording = [*self._recording(relation)]
            if not recording:
                continue
            if owner := people.becoming(relation.owner):
                yield from self._without_triggers(relation, recording, owner)
                continue  # whoever owns the table needs no function of it
            for trigger in recording:
                function = self._owned(trigger)
                if function and function not in self._hollowed:
                    yield from self._without_function(relation, function)

    def _recording(self, relation: Relation) -> Iterator[Trigger]:
        for trigger in relation.triggers:
            texts = tuple(map(plain, trigger_texts(self._ground.catalog, trigger)))
            if fills(texts, relation, self._ground.log):
                yield trigger

    def _owned(self, trigger: Trigger) -> str:
        """Return the function of a trigger, where the application owns it."""
        functions = (one for one in self._ground.catalog.functions if one.name == trigger.function)
        return next((one.name for one in functions if self._ground.people.becoming(one.owner)), "")

    def _without_triggers(
        self, relation: Relation, recording: list[Trigger], owner: Identity
    ) -> Iterator[Attempt]:
        """Switch the triggers off, then drop them, and write."""
        name = relation.name
        off = f"alter table {name} disable trigger user;"
        drop = "\n".join(f"drop trigger {identifier(trigger.name)} on {name};" for trigger in recording)
        for deed, before in ((f"DISABLE TRIGGER on {name}", off), (f"DROP TRIGGER on {name}", drop)):
            yield from self._tried(deed, relation, owner, before)

    def _without_function(self, relation: Relation, function: str) -> Iterator[Attempt]:
        """Replace a function that records by one that does not, or drop it, and write as the backend."""
        self._hollowed.add(function)
        owners = (one.owner for one in self._ground.catalog.functions if one.name == function)
        owner, service = self._ground.people.becoming(next(owners)), self._ground.people.service()
        if owner is None:
            return
        for deed, sql in (
            ("CREATE OR REPLACE", HOLLOW.format(function=function)),
            ("DROP", f"drop function {function}() cascade;"),
        ):
            become = (f"set local role {identifier(one.role)};" for one in (owner, service))
            before = f"{next(become)}\n{sql}\n{next(become)}"
            yield from self._tried(f"{deed} FUNCTION of {function}", relation, service, before)

    def _tried(self, deed: str, relation: Relation, actor: Identity, before: str) -> Iterator[Attempt]:
        """Yield whether a change that is recorded is not any more after this.

        Until one is known, a superuser makes it: whom policies keep out has nothing to hide.
        """
        try:
            row = self._ground.maker.make(relation, ALICE)
        except CannotFillError:
            return
        said, came, lost, sql = f"no change of {relation.name} by {actor.role} is recorded", False, False, ""
        writer = Writer(self._ground.connection, self._ground.log.name, self._ground.maker, relation)
        gone = f"delete from {relation.name} where {row.where}"
        for sql in (*changes_of(relation, row.where), gone):
            if not writer.run(sql, None, keep=False).entries:
                continue
            done = writer.run(sql, actor, before=before, keep=False)
            if done.sqlstate or done.gone:
                said, came, lost = _told(relation, done)
                break
        shown = writer.script(sql, None, f"{actor.script()}\n{before}", first=False)
        yield Attempt(f"{DISARMED}{deed}", actor.name, lost, said, shown, tried=came)


def _told(relation: Relation, done: Done) -> tuple[str, bool, bool]:
    """Return what became of a write, whether it came to it, and whether it left no entry."""
    if done.sqlstate:
        return f"{done.sqlstate}: {done.message}", came_to_it(done.sqlstate), False
    lost = not done.entries
    return f"a change of {relation.name} left no entry" if lost else "it was recorded", True, lost
