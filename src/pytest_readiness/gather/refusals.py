"""What the server's refusal of a row says about the values to try next."""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.gather.values import alternatives, value_for
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    import psycopg

    from pytest_readiness.evidence.catalog import CheckConstraint, Column, Relation

Values = dict[str, str | None]

_ATTEMPTS = 120
"""How many combinations of values are tried against one CHECK."""

_TOO_BIG = {"22001", "22003"}


@dataclass(frozen=True, slots=True)
class Refusal:
    """A refused INSERT.

    Attributes:
        about: What refused: a constraint, a column, or a SQLSTATE; equal while nothing is gained.
        sqlstate: Five characters.
        text: For people.
        constraint: Name of a constraint of the relation itself; else empty.
        column: Name of a column of the relation itself; else empty.
    """

    about: str
    sqlstate: str
    text: str
    constraint: str = ""
    column: str = ""

    @classmethod
    def of(cls, relation: Relation, error: psycopg.Error) -> Refusal:
        """Read an error; a trigger may have failed on another table, which says nothing of this one."""
        diag = error.diag
        own = (diag.schema_name, diag.table_name) == (relation.schema, relation.table)
        constraint = (diag.constraint_name or "") if own else ""
        column = (diag.column_name or "") if own else ""
        state = error.sqlstate or ""
        message = (diag.message_primary or str(error)).split("\n")[0]
        return cls(
            f"{state} {constraint} {column} {message}", state, f"{state}: {message}", constraint, column
        )


def repairs(relation: Relation, refusal: Refusal, parts: tuple[object, ...]) -> Iterator[Values]:
    """Yield changes to the values of a refused row that may make it valid."""
    if refusal.sqlstate == "23514" and refusal.constraint:
        check = next((c for c in relation.checks if c.name == refusal.constraint), None)
        yield from _for_check(relation, check) if check else ()
    elif refusal.sqlstate == "23502" and (column := relation.column(refusal.column)):
        yield {column.name: value_for(column, *parts, column.name)}
    elif refusal.sqlstate in _TOO_BIG:
        for column in relation.columns:
            if column.writable and column.type.startswith(("numeric", "integer", "smallint", "bigint")):
                yield {column.name: "7"}
    elif refusal.sqlstate == "23514":
        for column in relation.columns:  # a domain's CHECK names no column
            yield from _one_by_one(column)


def _for_check(relation: Relation, check: CheckConstraint) -> Iterator[Values]:
    """Yield values for one column of a CHECK at a time, then for several."""
    columns = [column for name in check.columns if (column := relation.column(name)) and column.writable]
    options = [
        [(column.name, value) for value in alternatives(column, check.definition)] for column in columns
    ]
    single = ((choice,) for choices in options for choice in choices)
    several = itertools.product(*options) if len(options) > 1 else iter(())
    for combination in itertools.islice(itertools.chain(single, several), _ATTEMPTS):
        yield dict(combination)


def _one_by_one(column: Column) -> Iterator[Values]:
    if column.writable and not column.default:
        for value in alternatives(column, ""):
            yield {column.name: value}


def insert_sql(relation: Relation, values: Values) -> str:
    """Return the INSERT of a row, as a person could paste it."""
    if not values:
        return f"insert into {relation.name} default values"
    names = ", ".join(column.quoted for column in _columns(relation, values))
    literals = ", ".join(literal(values[column.name]) for column in _columns(relation, values))
    return f"insert into {relation.name} ({names}) values ({literals})"


def where(relation: Relation, keys: Mapping[str, str | None]) -> str:
    """Return the condition that all these columns have these values."""
    return " and ".join(
        f"{column.quoted} = {literal(keys[column.name])}" for column in _columns(relation, keys)
    )


def _columns(relation: Relation, values: Mapping[str, str | None]) -> list[Column]:
    return [column for column in relation.columns if column.name in values]
