"""Reads views that look at a log, as others than whom its entries concern."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import psycopg

from pytest_readiness.evidence.audit import Attempt
from pytest_readiness.evidence.people import ALICE, BOB, NEWCOMER
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.changing import changes_of
from pytest_readiness.gather.trail.writer import Writer, limits
from pytest_readiness.judges.audit.log_attacks import VIEWED, columns_told, foremost, may_be_told, told_there
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.trail.ground import LogGround
    from pytest_readiness.target.identities import Identity

_UNPLANTED = "no write left an entry of anything that could be known again"
_UNSEEN = "nothing that came of the writes was seen in it, by a superuser or by whose row it was either"
_CANCELED = "57014"
_FRESH = "refresh materialized view {name};\n"


class _Read(NamedTuple):
    """The rows that somebody saw, or why none could be read by anybody: who may not read sees none."""

    rows: list[dict[str, Any]]
    error: str = ""


class Overlooking:
    """Reads views over one log, in a transaction that the caller rolls back.

    Args:
        ground: The log, and the tables that it tells of.
        owners: Whose rows are whose.
    """

    def __init__(self, ground: LogGround, owners: Owners) -> None:
        self._ground = ground
        self._owners = owners
        self._slow: dict[tuple[str, str], _Read] = {}
        self._texts = texts_of(ground.catalog)
        people = ground.people
        self._writers = [one for one in (people.user(ALICE), people.service()) if one]
        readers = [one for one in (people.user(BOB), people.user(NEWCOMER), people.anonymous()) if one]
        over = [one for one in ground.catalog.relations if "view" in one.kind and self._looks(one)]
        self._pairs = [(view, one) for view in over for one in readers if one.role in view.readable]

    def _looks(self, relation: Relation) -> bool:
        return self._ground.log.name in self._texts.depends_on(relation.name)

    def all(self) -> Iterator[Attempt]:
        """Yield for each view what its readers learned of alice's row that they read nowhere else."""
        attempts: list[Attempt] = []
        for relation in self._ground.audited if self._pairs else ():
            try:
                row = self._ground.maker.make(relation, ALICE)
            except CannotFillError:
                continue
            for writer in self._writers:
                attempts += self._overlooked(relation, row, writer)
        yield from foremost([*attempts, *(_attempt(*pair, _UNPLANTED) for pair in self._pairs)])

    def _overlooked(self, relation: Relation, row: Row, writer: Identity) -> Iterator[Attempt]:
        """Change the row and take it away, and read each view after both.

        Only where something was told it is asked what the reader knew of the row from elsewhere.
        """
        owned = self._owners.owned.get(relation.name)
        kept = {*(owned.columns if owned else ())}
        self._ground.connection.execute("savepoint overlooking")
        before = [self._read(view, reader, "") for view, reader in self._pairs]
        looks = [
            (view, reader, f"{shown}{reader.script()}\n{_look(view, reader)};\nrollback;", past, now, seen)
            for past, shown in self._stages(relation, row, writer, kept)
            if may_be_told(past, relation, kept)
            for now in [self._now(relation, row)]
            for (view, reader), old in zip(self._pairs, before, strict=True)
            for seen in [(self._read(view, reader, reader.script()), old, self._entitled(view, reader))]
        ]
        self._ground.connection.execute("rollback to overlooking")
        for view, reader, sql, past, now, (read, old, entitled) in looks:
            told = columns_told(read.rows, past, now, relation, kept)
            if told:
                known = self._known(relation, row, reader)
                told = columns_told(read.rows, past, now, relation, kept | known)
                untried = ""
            else:
                shows = any(columns_told(one.rows, past, now, relation, kept) for one in entitled)
                untried = read.error or ("" if shows else _unshown(old, entitled[0]))
            said = untried or f"what {relation.name} held that is another's: {', '.join(told)}"
            yield _attempt(view, reader, said, done=bool(told), sql=sql, tried=not untried)

    def _entitled(self, view: Relation, reader: Identity) -> list[_Read]:
        """Return what a superuser and alice see of the same columns: each is entitled to some of it."""
        alice = self._ground.people.user(ALICE)
        return [self._read(view, reader, become) for become in ("", *([alice.script()] if alice else ()))]

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

    def _read(self, relation: Relation, reader: Identity, become: str) -> _Read:
        """Return the rows that somebody sees of the columns that a reader may read in a relation.

        Args:
            relation: What is read.
            reader: Whose columns are read.
            become: How the session becomes whoever reads; nothing where a superuser does.
        """
        fresh = _FRESH.format(name=relation.name) if relation.kind == "materialized view" else ""
        look = f"select to_jsonb(t.*) from ({_look(relation, reader)}) t"
        connection = self._ground.connection
        if slow := self._slow.get((relation.name, become)):
            return slow
        connection.execute("savepoint read_there")
        try:
            connection.execute(f"{limits()}{fresh}{become}".encode())
            return _Read([row for (row,) in connection.execute(look.encode()).fetchall()])
        except psycopg.Error as error:
            said = f"{error.sqlstate} {(error.diag.message_primary or str(error)).splitlines()[0]}"
            read = _Read([], "" if become and error.sqlstate == REFUSED else said)
            if error.sqlstate == _CANCELED:  # each more would take as long again
                self._slow[relation.name, become] = read
            return read
        finally:
            connection.execute("rollback to read_there")

    def _known(self, relation: Relation, row: Row, reader: Identity) -> set[str]:
        """Return the columns of the row that a reader knows from elsewhere than the log."""
        found: set[str] = set()
        for other in self._ground.catalog.relations:
            if reader.role in other.readable and not self._looks(other):
                rows = self._read(other, reader, reader.script()).rows
                found |= told_there(rows, row.stored, relation, alike=other.name == relation.name)
        return found


def _unshown(before: _Read, after: _Read) -> str:
    """Say why a view tells nothing in which no past value stands; empty where the writes changed it.

    What counts or sums shows that there are entries, and no value of theirs.
    """
    came = {str(row) for row in after.rows} - {str(row) for row in before.rows}
    return "" if came else after.error or _UNSEEN


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
