"""States that rows of one person may be in, brought about by a superuser to see who reads what then."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.synthesis.values import is_text
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field

QUIETLY = "set local session_replication_role = replica"
"""Asks no trigger, so that a state comes about as it is written."""

AS_EVER = "set local session_replication_role = origin"

_LEAST = 4
"""Characters of a text whose prefix still means something."""


@dataclass(frozen=True, slots=True)
class State:
    """Another value in one row.

    Attributes:
        relation: In which the row is.
        said: The column and its value, for people.
        statements: That bring it about.
    """

    relation: str
    said: str
    statements: tuple[str, ...]


def change(relation: Relation, column: Column, value: str | None, row: SyntheticRow) -> State:
    """Return the state in which a row has this value."""
    update = f"update {relation.name} set {column.quoted} = {literal(value)} where {row.where}"
    said = f"{column.quoted} = {literal(value)} in {relation.name}"
    return State(relation.name, said, (QUIETLY, update, AS_EVER))


def likenesses(field: Field) -> Iterator[State]:
    """Yield states of bob's own rows that careless operators take for alice's.

    The beginning of her text matches what only looks for a beginning; an empty list is contained in
    every list. The last character alone is cut off, so that no path is shortened to one above hers.
    """
    for name in sorted(field.texts.deciding):
        relation = field.catalog.relation(name)
        mine, hers = field.population.row(name, BOB.name), field.population.row(name, ALICE.name)
        if relation is None or relation.kind not in TABLE_KINDS or mine is None or hers is None:
            continue
        for column in relation.columns:
            for value in _likenesses(column, hers.texts.get(column.name)):
                if value != mine.texts.get(column.name) and not column.generated:
                    yield change(relation, column, value, mine)


def _likenesses(column: Column, hers: str | None) -> Iterator[str]:
    if is_text(column) and hers and len(hers) > _LEAST and hers[-2:].isalnum():
        yield hers[:-1]
    elif column.type == "jsonb":
        yield "[]"
        yield "{}"
    elif column.type.endswith("[]"):
        yield "{}"
