"""Finds values of the victim's that look like secrets, and that whoever counts computes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.values import text_of
from pytest_readiness.judges.guesses import expression, recipe
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field

_COUNTED = ("smallint", "integer", "bigint")
_ROWS = 20
"""Rows of one relation by which a recipe is confirmed."""


@dataclass(frozen=True, slots=True)
class Guess:
    """A value of hers that is computed.

    Attributes:
        said: Of what, and how, for people.
        sql: The same as an expression.
    """

    said: str
    sql: str


def guessed(field: Field) -> dict[tuple[str, str], dict[str, Guess]]:
    """Return by relation and column her values that follow from a number, an address or a user's key."""
    found: dict[tuple[str, str], dict[str, Guess]] = {}
    for relation in field.catalog.relations:
        hers = field.population.row(relation.name, ALICE.name)
        texts = [c for c in relation.columns if c.type == "uuid" or c.type.startswith(("text", "character"))]
        rows = field.population.held.get(relation.name, ())[:_ROWS]
        said = [{c.name: text_of(c, row.get(c.name)) for c in relation.columns} for row in rows]
        for column in texts if hers else ():
            for key in _counted(field, relation):
                value, given = (hers.texts.get(one.name) for one in (column, key)) if hers else (None, None)
                made = recipe(said, column.name, key.name) if value and given and key is not column else None
                if made and value and given:
                    guess = Guess(
                        f"{made.said} of {key.name}", expression(made, value, given).format(literal(given))
                    )
                    found.setdefault((relation.name, column.name), {})[value] = guess
    return found


def spelt_out(field: Field, steps: tuple[str, ...]) -> tuple[tuple[str, ...], str]:
    """Return statements with such a value as it is computed, and what it is; empty where there is none."""
    for (_, name), values in field.guessed.items():
        for value, guess in values.items():
            if any(literal(value) in step for step in steps):
                computed = tuple(step.replace(literal(value), guess.sql) for step in steps)
                return computed, f", by {name}, which is {guess.said}"
    return steps, ""


def _counted(field: Field, relation: Relation) -> Iterator[Column]:
    """Yield columns whose values everybody can count, or knows of somebody: numbers, addresses, users."""
    owned = field.owners.owned.get(relation.name)
    for column in relation.columns:
        numbered = column.type in _COUNTED and (
            column.identity or "nextval" in column.default or column.name in relation.primary_key
        )
        if numbered or (owned and column.name in owned.users):
            yield column
