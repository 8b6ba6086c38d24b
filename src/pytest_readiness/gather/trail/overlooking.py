"""Reads views that look at a log, as others than whom its entries concern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE, BOB, NEWCOMER
from pytest_readiness.gather.synthesis.rows import CannotFillError
from pytest_readiness.gather.trail.changing import changes_of
from pytest_readiness.gather.trail.writer import Writer, limits
from pytest_readiness.judges.log_attacks import VIEWED, columns_told, may_be_told, told_there
from pytest_readiness.judges.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.gather.synthesis.rows import Row
    from pytest_readiness.gather.trail.ground import LogGround
    from pytest_readiness.target.identities import Identity

_UNPLANTED = "no write left an entry of anything that could be known again"
_FRESH = "refresh materialized view {name};\n"


class Overlooking:
    """Reads views over one log, in a transaction that the caller rolls back.

    Args:
        ground: The log, and the tables that it tells of.
        owners: Whose rows are whose.
    """

    def __init__(self, ground: LogGround, owners: Owners) -> None:
        self._ground = ground
        self._owners = owners
        self._texts = texts_of(ground.catalog)
        people = ground.people
        self._writers = [one for one in (people.user(ALICE), people.service()) if one]
        readers = [one for one in (people.user(BOB), people.user(NEWCOMER), people.anonymous()) if one]
        over = [one for one in ground.catalog.relations if "view" in one.kind and self._looks(one)]
        self._pairs = [(view, one) for view in over for one in readers if one.role in view.readable]

    def _looks(self, relation: Relation) -> bool:
        return self._ground.log.name in self._texts.depends_on(relation.name)

    def all(self) -> Iterator[Attempt]:
        """Yield for each view what its first reader learned of alice's row that he reads nowhere else."""
        found = {view.name: _attempt(view, reader, _UNPLANTED) for view, reader in reversed(self._pairs)}
        for relation in self._ground.audited if found else ():
            try:
                row = self._ground.maker.make(relation, ALICE)
            except CannotFillError:
                continue
            for writer in self._writers:
                for attempt in self._overlooked(relation, row, writer):
                    if not found[attempt.place].done:
                        found[attempt.place] = attempt
        yield from found.values()

    def _overlooked(self, relation: Relation, row: Row, writer: Identity) -> Iterator[Attempt]:
        """Change the row and take it away, and read each view after both.

        Only where something was told it is asked what the reader knew of the row from elsewhere.
        """
        owned = self._owners.owned.get(relation.name)
        kept = {*(owned.columns if owned else ())}
        self._ground.connection.execute("savepoint overlooking")
        looks = [
            (view, reader, f"{shown}{reader.script()}\n{_look(view, reader)};\nrollback;", past, now, rows)
            for past, shown in self._stages(relation, row, writer, kept)
            for now in [self._now(relation, row)]
            for view, reader in self._pairs
            for rows in [self._read(view, reader)]
        ]
        self._ground.connection.execute("rollback to overlooking")
        for view, reader, sql, past, now, rows in looks:
            told = columns_told(rows, past, now, relation, kept)
            if told:
                known = self._known(relation, row, reader)
                told = columns_told(rows, past, now, relation, kept | known)
            tried = may_be_told(past, relation, kept)
            said = f"what {relation.name} held that is another's: {', '.join(told)}" if tried else _UNPLANTED
            yield _attempt(view, reader, said, done=bool(told), sql=sql, tried=tried)

    def _stages(
        self, relation: Relation, row: Row, writer: Identity, kept: Collection[str]
    ) -> Iterator[tuple[list[dict[str, Any]], str]]:
        """Yield the row as it was each time, once changed and once gone, and what a person pastes for it."""
        maker = self._ground.maker
        runs = Writer(self._ground.connection, self._ground.log.name, maker, relation)
        past: list[dict[str, Any]] = []
        lines = ["begin;", *maker.setup(relation, ALICE), writer.script()]
        gone = f"delete from {relation.name} where {row.where}"
        for stage in (changes_of(relation, row.where, kept, values=1), (gone,)):
            for sql in stage:
                done = runs.run(sql, writer)
                if done.entries:
                    past += done.gone
                    lines.append(f"{sql};")
            yield [*past], "\n".join([*lines, "reset session authorization;\n"])

    def _now(self, relation: Relation, row: Row) -> dict[str, Any]:
        sql = f"select to_jsonb(t.*) from {relation.name} t where {row.where}"
        found = self._ground.connection.execute(sql.encode()).fetchone()
        return dict(found[0]) if found else {}

    def _read(self, relation: Relation, reader: Identity) -> list[dict[str, Any]]:
        """Return the rows that a reader sees in a relation; none where he may read nothing of it."""
        fresh = _FRESH.format(name=relation.name) if relation.kind == "materialized view" else ""
        look = f"select to_jsonb(t.*) from ({_look(relation, reader)}) t"
        connection = self._ground.connection
        connection.execute("savepoint read_there")
        try:
            connection.execute(f"{limits()}{fresh}{reader.script()}".encode())
            return [row for (row,) in connection.execute(look.encode()).fetchall()]
        except psycopg.Error:
            return []
        finally:
            connection.execute("rollback to read_there")

    def _known(self, relation: Relation, row: Row, reader: Identity) -> set[str]:
        """Return the columns of the row that a reader knows from elsewhere than the log."""
        found: set[str] = set()
        for other in self._ground.catalog.relations:
            if reader.role in other.readable and not self._looks(other):
                rows = self._read(other, reader)
                found |= told_there(rows, row.stored, relation, alike=other.name == relation.name)
        return found


def _look(relation: Relation, reader: Identity) -> str:
    readable = relation.readable[reader.role]
    return (
        f"select {', '.join(c.quoted for c in relation.columns if c.name in readable)} from {relation.name}"
    )


def _attempt(
    view: Relation, reader: Identity, said: str, *, done: bool = False, sql: str = "", tried: bool = False
) -> Attempt:
    deed = f"{VIEWED}{view.name}"
    return Attempt(deed, reader.name, done, said, sql, client=True, tried=tried, place=view.name)
