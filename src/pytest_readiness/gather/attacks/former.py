"""Reads as somebody whose place in another tenant has come to an end, while some policies forget to ask."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.repointing import receivers
from pytest_readiness.gather.attacks.states import (
    AS_EVER,
    PAST,
    QUIETLY,
    State,
    given_states,
    words_of,
)
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.values import is_text
from pytest_readiness.judges.visibility import is_over, is_withdrawn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.silent import Reading
    from pytest_readiness.gather.synthesis.refusals import Values

_BEGAN = "2000-01-01"
_ON = re.compile(r"^(is_)?(active|enabled|valid|current)$", re.IGNORECASE)
_MOST = 6
"""Ends of the places in one relation."""


@dataclass(frozen=True, slots=True)
class _End:
    """A place of bob's in alice's tenant, as it was and as it is over.

    Attributes:
        timed: Whether it is over because a time has come: whoever notes that means that it is.
    """

    relation: Relation
    column: Column
    held: State
    over: State
    timed: bool


class Former:
    """Tries the tables that say who belongs to what, and when that is over."""

    def __init__(self, field: Field, reading: Reading) -> None:
        self.field = field
        self.reading = reading
        self.bob = field.cast.user(BOB)
        self.forger = Forger(field)

    def reads(self, relations: Iterable[Relation]) -> Iterator[tuple[str, Read]]:
        """Yield by relation what bob still reads of alice's tenant.

        An end counts where something asks for it, and closes to him what was open before. One that nothing
        asks for counts if it is a time that is called so.
        """
        wanted = {relation.name for relation in relations}
        for end in self._ends:
            found = list(self._after(end))
            closed = any(was.foreign and not then.foreign for _, was, then in found)
            unasked = end.timed and self._is_belonging(end.relation) and self._is_unasked(end)
            for relation, was, then in found if closed or unasked else ():
                if (
                    was.foreign
                    and then.foreign
                    and relation.name in wanted
                    and self._is_secret(relation, end)
                ):
                    yield relation.name, given_states(then, self.bob, (end.over,))

    def _is_unasked(self, end: _End) -> bool:
        asked = self.field.texts.asked(end.relation.name)
        return asked is not None and end.column.name not in asked

    def _is_belonging(self, relation: Relation) -> bool:
        return any(membership.relation == relation.name for membership in self.field.owners.memberships)

    def _is_secret(self, relation: Relation, end: _End) -> bool:
        """Whether a relation holds more than who there is: who was there knows the place and the people."""
        owners = self.field.owners
        return relation.name not in {end.relation.name, *owners.roots, *owners.people}

    def _after(self, end: _End) -> Iterator[tuple[Relation, Read, Read]]:
        """Yield what hangs on a place, with what bob reads while he has it and when it is over."""
        below = [self.field.catalog.relation(name) for name in self.field.texts.depending[end.relation.name]]
        open_ = [r for r in below if r and self.bob.role in r.readable]
        attempts = [
            Attempt(self.bob, (read(relation),), before=state.statements)
            for relation in open_
            for state in (end.held, end.over)
        ]
        outcomes = [outcome for _, outcome in self.field.runner.run(attempts)]
        for place, relation in enumerate(open_):
            held, over = outcomes[2 * place : 2 * place + 2]
            if not held.state and not over.state:
                yield relation, self._read(relation, held), self._read(relation, over)

    def _read(self, relation: Relation, outcome: Outcome) -> Read:
        row = self.field.population.row(relation.name, ALICE.name)
        return self.reading(relation, self.bob, BOB, outcome, row)

    @cached_property
    def _ends(self) -> list[_End]:
        found = []
        for relation in self.field.catalog.relations:
            model = self.forger.model(relation, ALICE) if relation.kind in TABLE_KINDS else None
            receiving = self._receiving(relation)
            if model is None or not receiving or relation.name not in self.field.texts.depending:
                continue
            mine = self.forger.owner_keys(relation, BOB)
            place = model | {name: mine[name] for name in receiving if name in mine}
            found += list(self._of(relation, place))[:_MOST]
        return found

    def _receiving(self, relation: Relation) -> tuple[str, ...]:
        """Return the columns that name who has a place; none where rows give nobody a place among others'."""
        for membership in self.field.owners.memberships:
            if membership.relation == relation.name:
                return (membership.user,)
        owned = self.field.owners.owned.get(relation.name)
        leads = any(key.target in self.field.owners.owned for key in relation.foreign_keys)
        if owned is None or not leads or relation.name not in self.field.texts.consulted:
            return ()
        return receivers(relation, owned)[:1]

    def _of(self, relation: Relation, place: Values) -> Iterator[_End]:
        """Yield the ways in which a place may be over; all that is no end began long ago."""
        ends = {column.name for column in relation.columns if _timed(column) and is_over(column.name)}
        # What was booked, or lent, ends as it was meant to, and leaves rights; what was revoked leaves none.
        over = is_over if self._is_belonging(relation) else is_withdrawn
        began = {
            column.name: _BEGAN
            for column in relation.columns
            if _timed(column) and column.writable and column.name not in ends and place.get(column.name)
        }
        began |= {c.name: _BEGAN for c in relation.columns if _timed(c) and c.default and c.name not in ends}
        for column in relation.columns:
            for value in self._values(relation, column, place, over) if column.writable else ():
                held, left = place | began, place | began | {column.name: value}
                yield _End(
                    relation,
                    column,
                    self._state(relation, held, ""),
                    self._state(relation, left, f"{column.quoted} = {value}"),
                    timed=_timed(column),
                )

    def _values(
        self, relation: Relation, column: Column, place: Values, over: Callable[..., bool]
    ) -> Iterator[str]:
        if _timed(column) and over(column.name):
            yield PAST
        elif column.type == "boolean" and (over(column.name) or _ON.search(column.name)):
            yield "false" if _ON.search(column.name) else "true"
        elif is_text(column) or column.kind == "e":
            known = words_of(self.field, relation, column)
            yield from (text for text in known if text != place.get(column.name) and over(text, known))

    def _state(self, relation: Relation, values: Values, said: str) -> State:
        """Return the state in which bob has this row, instead of his own where each user has only one."""
        mine = self.field.population.row(relation.name, BOB.name)
        alone = relation.name in self.field.owners.people
        left = (f"delete from {relation.name} where {mine.where}",) if alone and mine else ()
        statements = (QUIETLY, *left, insert_sql(relation, values), AS_EVER)
        return State(relation.name, f"a place in {relation.name} that is over ({said})", statements)


def _timed(column: Column) -> bool:
    return column.type.startswith(("timestamp", "date"))
