"""Reads relations, one or many at once, as whoever the session has become."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.attempts import QUERY, branches
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Mapping

    import psycopg

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.attacks.attempts import Outcome

_COLUMNS = 50
"""A server's function takes no more than twice as many arguments."""

_LATEST = 1000

_LOOK = """
create schema if not exists readiness_look;
grant usage on schema readiness_look to public;
create or replace function readiness_look.at(places int[]) returns setof text language plpgsql as $look$
declare place int;
begin
    foreach place in array places loop
{branches}
    end loop;
end $look$
"""
_READ = "return query select '{place} ' || {row} from {name} t{but};"


def whole_row(relation: Relation) -> str:
    """Return a whole row as JSON text, of the columns that any client may select, or of all."""
    readable = {name for columns in relation.readable.values() for name in columns}
    if len(readable) in {0, len(relation.columns)}:
        return "to_jsonb(t.*)::text"
    return _columns(relation, readable)


def _columns(relation: Relation, names: Container[str]) -> str:
    columns = [c for c in relation.columns if c.name in names][:_COLUMNS]
    pairs = ", ".join(f"{literal(column.name)}, t.{column.quoted}" for column in columns)
    return f"jsonb_build_object({pairs})::text"


def read(relation: Relation, where: str = "") -> str:
    """Return the step of an attempt that reads a relation, or those of its rows."""
    if where:
        return f"{QUERY}select {whole_row(relation)} from {relation.name} t where {where}"
    return f"{QUERY}select {whole_row(relation)} from {_latest(relation)} t"


def _latest(relation: Relation) -> str:
    """Return what yields the rows of a relation: of a big one those that came last, as people's did."""
    whole = {name for columns in relation.readable.values() for name in columns} >= {
        column.name for column in relation.columns
    }
    if not (relation.big and whole):
        return relation.name
    return f"(select * from {relation.name} order by ctid desc limit {_LATEST})"


def read_columns(relation: Relation, names: Container[str]) -> str:
    """Return the step of an attempt that reads some columns of a relation."""
    return f"{QUERY}select {_columns(relation, names)} from {relation.name} t"


class Looks:
    """A function of the server that reads many relations: plans are made once, not with every attempt.

    Attributes:
        relations: What it can read.
    """

    def __init__(
        self, connection: psycopg.Connection, relations: Iterable[Relation], known: Mapping[str, str]
    ) -> None:
        """Put it into the server.

        Args:
            connection: Of a superuser.
            relations: What it can read.
            known: By relation, an array of the places of rows that are left out as long as they stay there.
        """
        self.relations = tuple(relations)
        self._places = {relation.name: place for place, relation in enumerate(self.relations)}
        reads = [
            _READ.format(
                place=self._places[relation.name],
                row=whole_row(relation),
                name=relation.name,
                but=f" where t.ctid <> all ('{known[relation.name]}'::tid[])"
                if relation.name in known
                else "",
            )
            for relation in self.relations
        ]
        connection.execute(_LOOK.format(branches=branches("place", reads)).encode())

    def at(self, relations: Iterable[Relation]) -> str:
        """Return the step that reads these relations."""
        places = ",".join(str(self._places[relation.name]) for relation in relations)
        return f"{QUERY}select readiness_look.at('{{{places}}}')"

    def seen(self, outcome: Outcome) -> dict[str, list[str]]:
        """Return by relation the rows, as JSON text, that the step returned."""
        found: dict[str, list[str]] = {}
        for line in outcome.rows:
            place, _, row = line.partition(" ")
            found.setdefault(self.relations[int(place)].name, []).append(row)
        return found
