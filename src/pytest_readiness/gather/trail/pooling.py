"""Serves two requests on one connection, and one on another: entries may not tell the connections apart."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import Unserved, value
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.changing import changes_of
from pytest_readiness.gather.trail.claiming import Acted, Claiming
from pytest_readiness.gather.trail.correlating import Correlating
from pytest_readiness.gather.trail.leaks import MARK
from pytest_readiness.gather.trail.unguarded import make_unguarded
from pytest_readiness.gather.trail.writer import Writer, settings_read
from pytest_readiness.judges.audit.attribution import SHARED
from pytest_readiness.judges.audit.correlation import tells_the_connection
from pytest_readiness.target.quoting import set_local

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.audit import Claim, Log
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.trail.ground import Ground

_OTHER = f"{MARK[:-1]}e"
"""What another request says of itself."""


@dataclass(frozen=True, slots=True)
class Pooling:
    """Serves requests that write to one table, each in a transaction of its own that is rolled back.

    Attributes:
        ground: Where the table is.
        log: Where the entries are.
        relation: The table.
    """

    ground: Ground
    log: Log
    relation: Relation

    def all(self) -> Iterator[Claim | Unserved]:
        """Yield that the correlation of entries is that of the connection, or why that was not seen."""
        if not self._correlating(self._writer(self.ground)).meant:
            return
        first = self._served(self.ground, MARK)
        if isinstance(first, str):
            if first:
                yield self._unserved(f"no request left an entry: {first}")
            return
        if first.said is None or MARK in first.said:
            return
        second = self._served(self.ground, _OTHER)
        if isinstance(second, str):
            yield self._unserved(f"no second request on the same connection left an entry: {second}")
            return
        if first.said != second.said:
            return
        target = self.ground.target
        with closing(target.database(self.ground.connection.info.dbname)) as other:
            apart = self._served(replace(self.ground, connection=other), MARK)
        if isinstance(apart, str):
            yield self._unserved(f"no request on another connection left an entry: {apart}")
        elif tells_the_connection(first.said, second.said, apart.said):
            yield replace(second, about=SHARED, truth=(), lie=str(second.said))

    def _unserved(self, reason: str) -> Unserved:
        return Unserved(self.relation.name, self.log.name, self.log.columns.correlation, reason)

    def _writer(self, ground: Ground) -> Writer:
        return Writer(ground.connection, self.log.name, ground.maker(), self.relation)

    def _correlating(self, writer: Writer) -> Correlating:
        return Correlating(Claiming(writer), self.ground.catalog, self.log)

    def _served(self, ground: Ground, said: str) -> Claim | str:
        """Return what the entry of one request has, which says this of itself; why, where it leaves none.

        Nothing is said where rights keep all requests out: what writes there is another's function.
        """
        writer = self._writer(ground)
        correlating = self._correlating(writer)
        column, refusal, states = self.log.columns.correlation, "no write was recorded", set[str]()
        ground.connection.execute("begin")
        try:
            for acted in self._ways(writer):
                for told in correlating.of_the_request(acted, said):
                    tried = replace(acted, before=f"{acted.before}{told}")
                    done = writer.run(acted.sql, acted.actor, before=tried.before, keep=False)
                    if done.entries:
                        held = value(done.entries[0], column)
                        return Claiming(writer).claim(tried, column, None if held is None else str(held))
                    refusal = done.message or refusal
                    states.add(done.sqlstate)
        except CannotFillError as error:
            return str(error)
        finally:
            ground.connection.execute("rollback")
        return "" if states == {REFUSED} else refusal

    def _ways(self, writer: Writer) -> Iterator[Acted]:
        """Yield writes to a row: by the backend, by whose row it is, and that it is put in again."""
        people, maker, relation = self.ground.people, writer.maker, self.relation
        for person in (ALICE, BOB):
            maker.sign_up(person)
        row = maker.make(relation, ALICE)
        names = settings_read(self.ground.catalog, relation)
        empty = "".join(f"{set_local(name, '')}\n" for name in names)
        alice = people.user(ALICE)
        actors = [(people.service(), empty), *([(alice, "")] if alice else ())]
        gone = f"delete from {relation.name} where {row.where}"
        for actor, before in actors:
            for sql in (*changes_of(relation, row.where), gone):
                yield Acted(actor, sql, before)
        freed = make_unguarded(writer.connection, gone)
        for actor, before in actors if freed.rows and not row.adopted else ():
            held = relation.privileges.get(actor.role)
            columns = (c for c in relation.columns if c.writable and (not held or c.name in held.insert))
            sql = insert_sql(relation, {c.name: t for c in columns if (t := row.texts[c.name]) is not None})
            yield Acted(actor, sql, before)
