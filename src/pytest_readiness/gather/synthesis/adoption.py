"""Rows that a trigger has made for a person already: how they are found, completed and made recognisable."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pytest_readiness.gather.synthesis.refusals import where
from pytest_readiness.gather.synthesis.values import holds_text, value_for
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.synthesis.refusals import Values


def conditions(
    relation: Relation, keys: Values, users: Collection[str], tried: Values, taken: Collection[str]
) -> Iterator[str]:
    """Yield what finds a person's row, the surest first.

    Args:
        relation: That holds it.
        keys: Columns that say whose it is.
        users: Those that name the user.
        tried: The row that was refused.
        taken: Its columns whose values somebody has. That may be anybody, unless all say whose the row is, as
            its keys have them.
    """
    known = {name: value for name, value in keys.items() if value is not None}
    named = {name: known[name] for name in users if name in known}
    own = set(taken) <= keys.keys() and all(tried.get(name) == keys[name] for name in taken)
    same = {name: tried[name] for name in taken if own and tried.get(name) is not None}
    yield from (where(relation, found) for found in (known, named, same) if found)


def completed(relation: Relation, stored: Mapping[str, Any], keys: Values) -> Iterator[str]:
    """Yield what says whose a row is where its trigger left that open, as an administrator does later."""
    left = {n: v for n, v in keys.items() if v is not None and stored.get(n) is None}
    for column in relation.columns:
        if column.name in left and column.writable:
            yield f"{column.quoted} = {literal(left[column.name])}"


def marked(relation: Relation, keys: Values, parts: tuple[object, ...]) -> Iterator[str]:
    """Yield what puts recognisable texts into a row."""
    for column in relation.columns:
        if holds_text(column) and column.writable and column.name not in keys and not column.default:
            yield f"{column.quoted} = {literal(value_for(column, *parts, column.name))}"
