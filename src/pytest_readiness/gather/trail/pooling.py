"""Serves two requests on one connection, and one on another: entries may not tell the connections apart."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import value
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.rows import CannotFillError
from pytest_readiness.gather.trail.changing import changes_of
from pytest_readiness.gather.trail.claiming import Acted, Claiming
from pytest_readiness.gather.trail.correlating import Correlating
from pytest_readiness.gather.trail.leaks import MARK
from pytest_readiness.gather.trail.writer import Writer, settings_read
from pytest_readiness.judges.attribution import SHARED
from pytest_readiness.judges.correlation import tells_the_connection
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

    def all(self) -> Iterator[Claim]:
        """Yield that the correlation of entries is that of the connection."""
        served = (self._served(self.ground, said) for said in (MARK, _OTHER))
        first, second = next(served), None
        if first and first.said is not None and MARK not in first.said:
            second = next(served)
        if not first or not second or first.said != second.said:
            return
        target = self.ground.target
        with closing(target.database(self.ground.connection.info.dbname)) as other:
            apart = self._served(replace(self.ground, connection=other), MARK)
        if apart and tells_the_connection(first.said, second.said, apart.said):
            yield replace(second, about=SHARED, truth=(), lie=str(second.said))

    def _served(self, ground: Ground, said: str) -> Claim | None:
        """Return what the entry of one request has, which says this of itself; None where it leaves none."""
        maker = ground.maker()
        writer = Writer(ground.connection, self.log.name, maker, self.relation)
        claiming = Claiming(writer)
        correlating = Correlating(claiming, ground.catalog, self.log)
        if not correlating.meant:
            return None
        names = settings_read(ground.catalog, self.relation)
        empty = "".join(f"{set_local(name, '')}\n" for name in names)
        ground.connection.execute("begin")
        try:
            for person in (ALICE, BOB):
                maker.sign_up(person)
            row = maker.make(self.relation, ALICE)
            for sql in (
                *changes_of(self.relation, row.where),
                f"delete from {self.relation.name} where {row.where}",
            ):
                acted = Acted(ground.people.service(), sql, empty)
                for told in correlating.of_the_request(acted, said):
                    tried = replace(acted, before=f"{empty}{told}")
                    done = writer.run(sql, tried.actor, before=tried.before, keep=False)
                    if done.entries:
                        column = self.log.columns.correlation
                        held = value(done.entries[0], column)
                        return claiming.claim(tried, column, None if held is None else str(held))
        except CannotFillError:
            return None  # another check tells that nothing can be written here
        finally:
            ground.connection.execute("rollback")
        return None
