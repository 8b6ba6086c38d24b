"""Functions that ask for the key of a row and what is in it: who knows both may have it, as with a parcel.

That is a text of it, or what chance made for it; what a function does without guards nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB, PEOPLE
from pytest_readiness.gather.attacks.codes import is_drawn_beside
from pytest_readiness.gather.attacks.states import words_of
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Column, Function, Relation
    from pytest_readiness.gather.attacks.field import Field

_NOBODYS = {"uuid": "0b0d1e5a-4815-4162-8342-000000000008"}
"""A key that no row has; of other types a number."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Two arguments that were given what stands in one row of hers.

    Attributes:
        key: The place of the argument that takes the row's key.
        text: The place of the one that takes what else stands there, which bob does not see.
        others: What else may be given in each place: nothing, of bob's row, and what no row has.
    """

    key: int
    text: int
    others: dict[int, tuple[str, ...]]

    def beside(self, place: int) -> int | None:
        """Return the other of the two places; None for one that is neither."""
        return {self.key: self.text, self.text: self.key}.get(place)

    def without(self, given: tuple[str, ...], place: int) -> Iterator[tuple[str, ...]]:
        """Yield the same arguments with something else in one place."""
        for value in self.others[place]:
            yield (*given[:place], value, *given[place + 1 :])


def pairs(field: Field, function: Function, given: tuple[str, ...]) -> Iterator[Pair]:
    """Yield the arguments of a call that take a key of a row of hers and what is hidden in the same row."""
    spelt = [said(value) for value in given]
    for name in sorted(field.texts.function_reach(function)):
        relation, row = field.catalog.relation(name), field.population.row(name, ALICE.name)
        if relation is None or row is None or name in {*field.owners.people, *field.owners.roots}:
            continue
        keys = _keys(relation)
        by_key = [(place, c) for c in keys for place, one in enumerate(spelt) if one == row.texts.get(c.name)]
        hidden = [
            (place, column)
            for column in relation.columns
            if (holds_text(column) and column not in keys) or is_drawn_beside(relation, column)
            for place, one in enumerate(spelt)
            if one == row.texts.get(column.name) and _is_hidden(field, relation, column, one)
        ]
        for place, key in by_key:
            for other, text in hidden:
                if place != other:
                    columns = ((place, key), (other, text))
                    others = {at: _others(field, function, name, c, at) for at, c in columns}
                    yield Pair(place, other, others)


def both_are_asked(
    field: Field,
    function: Function,
    given: tuple[str, ...],
    harmful: Callable[[tuple[str, ...]], bool],
) -> Pair | None:
    """Return the two arguments that a harmful call needs, neither of which does harm without the other.

    Args:
        field: Her rows.
        function: That was called.
        given: What it was called with.
        harmful: Whether a call with other arguments does harm as well.
    """
    for pair in pairs(field, function, given):
        tried = (*pair.without(given, pair.text), *pair.without(given, pair.key))
        if not any(map(harmful, tried)):
            return pair
    return None


def said(value: str) -> str:
    """Return what an argument says, without its quotes and its type."""
    return value.rpartition("::")[0].removeprefix("'").removesuffix("'").replace("''", "'")


def _keys(relation: Relation) -> list[Column]:
    """Return the columns by each of which a row is found."""
    unique = relation.single_keys
    return [column for column in relation.columns if column.name in unique]


def _is_hidden(field: Field, relation: Relation, column: Column, text: str) -> bool:
    """Whether a text is neither shown to bob, nor a word of the code, nor what a person is known by."""
    words = {*field.texts.literals, *words_of(field, relation, column)}
    known = {*field.shown_texts, *words, *(person.email for person in PEOPLE)}
    return bool(text) and text not in known


def _others(field: Field, function: Function, relation: str, column: Column, place: int) -> tuple[str, ...]:
    """Return NULL, what bob's row has in a column, and what no row has."""
    mine, hers = (field.population.row(relation, person.name) for person in (BOB, ALICE))
    text = hers.texts.get(column.name) if hers else None
    own = mine.texts.get(column.name) if mine else None
    nobodys = f"{text}0" if holds_text(column) else _NOBODYS.get(column.type, "481599998")
    cast = f"::{function.arguments[place].declared}"
    return (f"null{cast}", *(f"{literal(one)}{cast}" for one in (own, nobodys) if one not in {None, text}))
