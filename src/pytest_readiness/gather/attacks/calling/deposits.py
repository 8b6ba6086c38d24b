"""Rows that a function makes for others of what strangers give it: sign-ups, enquiries, or an open door."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.factors import said
from pytest_readiness.gather.attacks.gates import closings
from pytest_readiness.gather.attacks.states import change
from pytest_readiness.gather.attacks.switches import switches_of_call
from pytest_readiness.judges.purpose.boxes import filled_by, receiver_of
from pytest_readiness.judges.purpose.callers_by_name import callers_by_name
from pytest_readiness.judges.sql.lexis import last_name
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.gather.attacks.attempts import Change, Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State
    from pytest_readiness.judges.purpose.boxes import Box

    Row = dict[str, Any]

_HARMS = frozenset({"forged", "altered"})


class Deposits:
    """Tells what functions put into the places of others on purpose, and remembers it.

    A box of a function is one for those who did not sign in, below a row of hers that they read anyway. It
    is meant so if the function asks whether that row is for everybody, and puts nothing there if it is not.
    """

    def __init__(self, field: Field) -> None:
        self.field = field
        self._found: dict[str, dict[str, Box]] = {}
        self._repeated: dict[str, dict[tuple[str, ...], None]] = {}
        self._named = callers_by_name(one.sql for one in field.target.built.migrations.migrations)

    def doubt(self, function: Function) -> str:
        """Return why nothing is proven of a function, and in the next lines the settings to add."""
        boxes = self._found.get(function.signature, {}).values()
        return next((box.doubt for box in boxes if not box.sure), "")

    def meant(self, function: Function) -> str:
        """Return who says that a function leaves rows for their owners on purpose; empty if nobody does."""
        boxes = self._found.get(function.signature, {}).values()
        return next((box.meant for box in boxes if box.sure), "")

    def once_more(self, function: Function) -> tuple[tuple[str, ...], ...]:
        """Return calls that leave a row which is there already: with what her row has as its key."""
        return tuple(self._repeated.get(function.signature, {}))

    def beside(
        self, function: Function, attempt: Attempt, outcome: Outcome, found: list[Harm]
    ) -> Iterator[Harm]:
        """Yield what a call did beside leaving rows in boxes."""
        added = any(harm.kind in _HARMS for harm in found)
        boxes = self._boxes(function, attempt, outcome) if added else {}
        left = {*boxes, *self._following(boxes, outcome)}
        for harm in found:
            if harm.kind not in _HARMS or harm.relation not in left:
                yield harm
            else:
                self._found.setdefault(function.signature, {}).update(boxes)

    def _boxes(self, function: Function, attempt: Attempt, outcome: Outcome) -> dict[str, Box]:
        """Return the boxes into which a call put rows."""
        found = {}
        for name, done in outcome.changed.items():
            relation = self.field.catalog.relation(name)
            box = self._box(function, attempt, relation, done) if relation else None
            if box and relation:
                found[name] = box
                known = self._repeated.setdefault(function.signature, {})
                known |= dict.fromkeys(self._with_her_key(function, attempt.about, relation, done.new[0]))
        return found

    def _with_her_key(
        self, function: Function, given: tuple[str, ...], relation: Relation, new: Row
    ) -> Iterator[tuple[str, ...]]:
        """Yield the call with her row's values, in place of those that became each key of the new row."""
        row = self.field.population.row(relation.name, ALICE.name)
        places = {c: at for at, value in enumerate(given) for c in new if _is_said(new[c], value)}
        for key in relation.unique:
            if row is not None and {*key} <= places.keys():
                values = {places[name]: literal(row.texts.get(name)) for name in key}
                casts = [f"::{argument.declared}" for argument in function.arguments]
                yield tuple(values[at] + casts[at] if at in values else one for at, one in enumerate(given))

    def _box(self, function: Function, attempt: Attempt, relation: Relation, done: Change) -> Box | None:
        """Return how a call left rows in a table on purpose, or perhaps so; None if it did more, or else."""
        if not _only_added(relation, done):
            return None
        field = self.field
        written = frozenset(
            column
            for row in done.new
            for column, value in row.items()
            if any(_is_said(value, one) for one in attempt.about)
        )
        strangers = {actor.role for actor in field.cast.nobody()} & {*function.callers}
        chosen = any(self._is_chosen(function, role) for role in strangers)
        box = filled_by(function, relation, written, field.owners, field.texts, chosen=chosen)
        if box is None or not box.function:
            return box
        if not strangers or not (box.listed or self._reads_parent(relation, attempt)):
            return None
        asked = self._asked(function, attempt, relation) if box.sure else ""
        named = field.owners.owned[relation.name].columns
        return replace(box, asked=asked, sure=bool(asked)) if asked or named or box.listed else None

    def _is_chosen(self, function: Function, role: str) -> bool:
        """Whether somebody granted a role this function by its name, and others not: a dump grants all."""
        withheld = any(role not in one.callers for one in self.field.catalog.functions)
        return withheld and (last_name(function.name).lower(), role) in self._named

    def _reads_parent(self, relation: Relation, attempt: Attempt) -> bool:
        """Whether who calls reads the row of hers below which he puts something, now or as it was made."""
        receiver = receiver_of(relation, self.field.owners)
        targets = (key.target for key in relation.foreign_keys if key.columns == (receiver,))
        parent = next(targets, "")
        row = self.field.population.row(parent, ALICE.name)
        if row is None:
            return False
        look = (f"{QUERY}select 1::text from {parent} where {row.where}",)
        given = dict.fromkeys(((), attempt.before))
        return any(self.field.runner.one(Attempt(attempt.actor, look, before=one)).rows for one in given)

    def _asked(self, function: Function, attempt: Attempt, relation: Relation) -> str:
        """Return the column and value by which a function puts rows below what is for everybody alone."""
        for said_so, state in self._closed(function, relation):
            hidden = replace(attempt, before=(*attempt.before, *state.statements))
            for _, outcome, control in self.field.from_states([hidden]):
                if not control.state and relation.name not in outcome.changed:
                    return said_so
        return ""

    def _closed(self, function: Function, relation: Relation) -> Iterator[tuple[str, State]]:
        """Yield what a function may ask of the row below which it puts another, and a state without it."""
        for name, column, value, other in switches_of_call(self.field, function):
            row = self.field.population.row(name, ALICE.name)
            if row is not None and name != relation.name:
                yield f"{column.quoted} = {value}", change(name, column, other, row)
        receiver = receiver_of(relation, self.field.owners)
        for key in relation.foreign_keys:
            if key.columns == (receiver,):
                yield from closings(self.field, key.target, function.body)

    def _following(self, boxes: dict[str, Box], outcome: Outcome) -> Iterator[str]:
        """Yield where a call put rows that follow from those in boxes: what is to be mailed to whom."""
        made = [(name, row) for name in boxes for row in outcome.changed[name].new]
        for name, done in outcome.changed.items():
            relation = self.field.catalog.relation(name)
            if relation is None or name in boxes or done.gone:
                continue
            if all(any(_refers(relation, row, *one) for one in made) for row in done.new):
                yield name


def _is_said(value: object, argument: str) -> bool:
    """Whether a value is what an argument says, but for its case and the blanks around it."""
    return value is not None and str(value).strip().lower() == said(argument).strip().lower()


def _refers(relation: Relation, row: Row, name: str, other: Row) -> bool:
    """Whether a row refers to another one, of the relation of that name."""
    pairs = (
        zip(key.columns, key.target_columns, strict=True)
        for key in relation.foreign_keys
        if key.target == name
    )
    return any(all(row[own] is not None and row[own] == other[to] for own, to in pair) for pair in pairs)


def _only_added(relation: Relation, done: Change) -> bool:
    """Whether rows were added, and nothing became of others but that a time of theirs came anew."""
    times = {column.name for column in relation.columns if column.type.startswith("timestamp")}
    key = relation.primary_key
    after = {tuple(row[name] for name in key): row for row in done.new}
    for row in done.gone:
        new = after.get(tuple(row[name] for name in key))
        if not key or new is None:
            return False
        differing = {name for name, value in row.items() if new.get(name) != value}
        if not differing <= times or any(row[name] is None or new[name] is None for name in differing):
            return False
    return bool(done.new)
