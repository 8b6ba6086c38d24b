"""Writes to somebody's row as the backend that acts for nobody: no entry may name her for it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import value
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.trail.changing import changes_of
from pytest_readiness.gather.trail.turns import Turns
from pytest_readiness.judges.audit.attribution import NOBODY, says_who_acted, tells_who
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Claim, Log
    from pytest_readiness.evidence.catalog import Column
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.claiming import Acted, Claiming
    from pytest_readiness.gather.trail.ground import Ground
    from pytest_readiness.gather.trail.turn import Done


class Nameless:
    """Writes to one table, in a transaction that the caller rolls back.

    Args:
        ground: Where the table is.
        claiming: Makes writes to it.
        log: Where the entries are.
    """

    def __init__(self, ground: Ground, claiming: Claiming, log: Log) -> None:
        self._claiming = claiming
        self._writer = claiming.writer
        self._relation = self._writer.relation
        self._column = log.columns.actor
        self._service = Turns(self._writer, self._relation, ground.catalog, ground.people).service
        held = ground.catalog.relation(log.name)
        found = held.column(self._column) if held else None
        self._type = found.type if found else "text"
        owned = ground.owners.owned.get(self._relation.name)
        self._owning = owned.users if owned else ()

    def all(self, row: Row, acted: Acted) -> Iterator[Claim]:
        """Yield that the entry of a write names alice, whose row it is.

        Args:
            row: Of alice's.
            acted: A write of the backend that leaves an entry.
        """
        alone = self._of_what_stays_hers(row, replace(acted, actor=self._service))
        if alone is None:
            return
        said = self._claiming.said(alone, self._column)
        if said in self._named(ALICE) and self._means_who_acted(alone) and not self._is_told(row, alone):
            yield self._claiming.claim(alone, "the actor", said, about=NOBODY, lie=str(said))

    def _of_what_stays_hers(self, row: Row, acted: Acted) -> Acted | None:
        """Return a write after which the row is alice's as before; None where none leaves an entry."""
        for sql in changes_of(self._relation, row.where, self._owning):
            if self._writer.run(sql, acted.actor, before=acted.before, keep=False).entries:
                return replace(acted, sql=sql)
        return None

    def _named(self, person: Person) -> tuple[str, ...]:
        return person.uuid, person.email, str(person.key(self._type))

    def _means_who_acted(self, acted: Acted) -> bool:
        """Whether the column is there for who acted, and not for whom an entry concerns."""
        if says_who_acted(self._column) and not self._relation.column(self._column):
            return True
        before = f"{acted.before}{self._writer.maker.caller(BOB)};\n"
        return self._names_bob(self._writer.run(acted.sql, None, before=before, keep=False))

    def _is_told(self, row: Row, alone: Acted) -> bool:
        """Whether the backend says who acts in a column of the row that is there for it."""
        place = f" where {row.where}"
        for column in self._relation.columns:
            for text in (literal(str(BOB.key(column.type))), "null") if self._may_tell(column) else ():
                sql = f"{alone.sql.removesuffix(place)}, {column.quoted} = {text}{place}"
                done = self._writer.run(sql, alone.actor, before=alone.before, keep=False)
                if done.entries and str(value(done.entries[0], self._column)) not in self._named(ALICE):
                    return True
        return False

    def _may_tell(self, column: Column) -> bool:
        """Whether a column is called after somebody, and is not what alone makes the row alice's."""
        apart = column.name not in self._owning or (len(self._owning) > 1 and says_who_acted(column.name))
        return column.writable and tells_who(column) and apart

    def _names_bob(self, done: Done) -> bool:
        return any(str(value(entry, self._column)) in self._named(BOB) for entry in done.entries[:1])
