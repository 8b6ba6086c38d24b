"""Finds values of the victim's that look like secrets, and that whoever counts computes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.synthesis.values import text_of
from pytest_readiness.judges.sql.formulas import formulas, words_of_names
from pytest_readiness.judges.sql.guesses import expression, recipe
from pytest_readiness.judges.sql.lexis import last_name
from pytest_readiness.target.identities import SUPERUSER
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field

_COUNTED = ("smallint", "integer", "bigint")
_ADDRESS = re.compile(r"(^|_)(e?_?mail|phone|mobile|tel)(_|$)|e?mail(_?address)?$", re.IGNORECASE)
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
    """Return by relation and column her values that follow from what others know: numbers, addresses."""
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
            value = hers.texts.get(column.name) if hers and column.generated else None
            if hers and value and (computed := _generated(field, relation, column, hers.texts)):
                found.setdefault((relation.name, column.name), {})[value] = computed
    return found


def _generated(
    field: Field, relation: Relation, column: Column, hers: Mapping[str, str | None]
) -> Guess | None:
    """Return how the server computes her value from what strangers know of her row, if it does."""
    known = {
        one.name: f"{literal(value)}::{one.type}"
        for one in relation.columns
        if (value := hers.get(one.name)) is not None and _is_known(field, relation, one, value)
    }
    names = words_of_names([one.name for one in relation.columns])
    own = {last_name(one.name).lower() for one in field.catalog.functions}
    for formula in formulas(f"({column.default})", names, own):
        sql = formula.filled(known)
        if {*formula.names} <= known.keys() and _comes_to(field, sql, column, hers[column.name]):
            return Guess(formula.sql, sql)
    return None


def _comes_to(field: Field, sql: str, column: Column, value: str | None) -> bool:
    step = f"{QUERY}select ({sql})::{column.type}::text"
    return field.runner.one(Attempt(SUPERUSER, (step,))).rows == (value,)


def _is_known(field: Field, relation: Relation, column: Column, value: str) -> bool:
    """Whether strangers know what stands there in her row: an address, or a key that they see elsewhere."""
    if _ADDRESS.search(column.name) or column in [*_counted(field, relation)]:
        return True
    for key in relation.foreign_keys:
        target = field.catalog.relation(key.target)
        if key.columns == (column.name,) and target and (at := target.column(key.target_columns[0])):
            step = f"{QUERY}select 1 from {target.name} where {at.quoted} = {literal(value)}"
            if field.runner.one(Attempt(field.cast.user(BOB), (step,))).rows:
                return True
    return False


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
