"""First tries of rows, many in one round trip: most tables take the first row that they are offered."""

from __future__ import annotations

import contextlib
import json
from importlib.resources import files
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.rows import RowMaker

_AT_ONCE = 200
"""Rows of one call; the clock of a statement is set once a call."""

_LIMITS = "set statement_timeout = '5s'; set lock_timeout = '1s'"


def try_all(maker: RowMaker, wanted: Iterable[tuple[Relation, Person]]) -> None:
    """Offer each person's row once, parents first; what is refused is left for the maker to find out why."""
    if maker.wary:
        return
    connection = maker.connection
    connection.execute(files(__package__).joinpath("bulk.sql").read_text(encoding="utf-8").encode())
    connection.execute(_LIMITS)
    for level in _levels(maker, wanted):
        offers = list(_offers(maker, level))
        for start in range(0, len(offers), _AT_ONCE):
            _insert(maker, offers[start : start + _AT_ONCE])
    connection.execute("reset statement_timeout; reset lock_timeout; drop schema readiness_bulk cascade")


def _offers(maker: RowMaker, level: list[tuple[Relation, Person]]) -> Iterator[tuple[Relation, Person, str]]:
    for relation, person in level:
        with contextlib.suppress(CannotFillError):  # the maker says why when it comes to the row
            yield relation, person, insert_sql(relation, maker.values(relation, person))


def _insert(maker: RowMaker, offers: list[tuple[Relation, Person, str]]) -> None:
    given = [
        {
            "place": str(place),
            "caller": maker.caller(person),
            "statement": f"{sql} returning to_jsonb({relation.name}.*)",
        }
        for place, (relation, person, sql) in enumerate(offers)
    ]
    try:
        found = maker.connection.execute(
            "select readiness_bulk.insert(%s::json)", (json.dumps(given),)
        ).fetchone()
    except psycopg.Error:
        return  # one of them hung, or was refused at the end of the transaction
    for place, stored in found[0].items() if found else ():
        relation, person, sql = offers[int(place)]
        maker.accept(relation, person, stored, sql)


def _levels(
    maker: RowMaker, wanted: Iterable[tuple[Relation, Person]]
) -> Iterator[list[tuple[Relation, Person]]]:
    """Yield rows whose parents were all made or tried before; those in a cycle never come."""
    waiting = {(r.name, holder.name): (r, holder) for r, p in wanted if (holder := maker.holder(r, p))}
    while waiting:
        ready = {
            place: (relation, person)
            for place, (relation, person) in waiting.items()
            if not any((name, person.name) in waiting for name in _before(maker, relation))
        }
        if not ready:
            return
        waiting = {place: pair for place, pair in waiting.items() if place not in ready}
        yield [(relation, person) for relation, person in ready.values() if relation.kind in TABLE_KINDS]


def _before(maker: RowMaker, relation: Relation) -> set[str]:
    """Return the relations of which rows are there before one of this relation: it says something of them."""
    referred = {key.target for key in relation.foreign_keys}
    return (referred | {other for other, _ in maker.repeating(relation).values()}) - {relation.name}
