"""Reads rows in trees that were taken out of what their parents hand down: whoever may read those may not.

A row says so in a column of its own (`inherits = false`). Somebody who was given the parent reads the row
while it inherits; if he does so when it does not, nothing asks for that column.
"""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY, State, given_states, statements_of
from pytest_readiness.judges.sql.lexis import underscored
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, ForeignKey, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome, Talk
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.reading.silent import Reading
    from pytest_readiness.gather.synthesis.refusals import Values

_HANDED_DOWN = re.compile(r"(^|_)(inherit|propagat|vererb|erbt|hereda|hérit|eredit|herda)", re.IGNORECASE)
"""How columns are called that say whether rights come from above."""

_CUT = re.compile(
    r"(^|_)(no|not|non|never|stop|stops|break|breaks|cut|cuts|block|blocks|blocked|broken|without|disable|disabled)_",
    re.IGNORECASE,
)
"""What turns such a name into its contrary."""

_KEYS = {"uuid": "0b0d1e5a-4815-4162-8342-000000000007", "integer": "481599996", "bigint": "481599996"}
"""Keys that no row has, by their types."""

_MOST = 8
"""Ways in which somebody is given a parent that are tried of one relation."""


def read_below_a_cut(
    field: Field, relation: Relation, row: SyntheticRow | None, reading: Reading
) -> Talk[tuple[Read, ...]]:
    """Read her row as bob, who was given the row above it, while hers inherits and while it does not."""
    bob = field.cast.user(BOB)
    if row is None or bob.role not in relation.readable or relation.kind not in TABLE_KINDS:
        return ()
    found: list[Read] = []
    for cut, whole, given in itertools.islice(_states(field, relation, row), _MOST):
        tried = ((cut, given), (whole, given), (cut,))
        outcomes = yield [Attempt(bob, (read(relation),), before=statements_of(one)) for one in tried]
        hers = [_only(relation, row, outcome) for outcome in outcomes]
        leak, inherited, ungiven = (reading(relation, bob, BOB, outcome, row) for outcome in hers)
        if leak.foreign and inherited.foreign and not ungiven.foreign and not hers[2].state:
            found.append(given_states(leak, bob, (cut, given)))
    return tuple(found)


def _states(field: Field, relation: Relation, row: SyntheticRow) -> Iterator[tuple[State, State, State]]:
    """Yield her row below another with and without a cut, and that bob was given the other."""
    switches = [c for c in relation.columns if _says_what_is_handed_down(c)]
    upwards = [key for key in relation.foreign_keys if key.target == relation.name]
    for column, key in itertools.product(switches, upwards):
        parent, above = _above(relation, row, key)
        if above is None:
            continue
        negated = bool(_CUT.search(underscored(column.name)))
        ends = ("true", "false") if negated else ("false", "true")
        cut, whole = (
            _after(above, _below(relation, row, key, parent, {column.name: value})) for value in ends
        )
        for given in _given(field, relation, parent):
            yield cut, whole, given


def _above(relation: Relation, row: SyntheticRow, key: ForeignKey) -> tuple[Values, str | None]:
    """Return another row of hers with nothing above it, and what puts it there; None if nothing can."""
    fresh = {name: _KEYS.get(c.type) for name in relation.primary_key if (c := relation.column(name))}
    loose = {name: None for name in key.columns if (c := relation.column(name)) and not c.not_null}
    if not loose or not fresh or None in fresh.values():
        return {}, None
    values: Values = {**row.texts, **loose, **fresh}
    columns = [column for column in relation.columns if not column.generated]
    names = ", ".join(column.quoted for column in columns)
    chosen = ", ".join(
        literal(values[column.name]) if column.name in {*loose, *fresh} else column.quoted
        for column in columns
    )
    made = f"insert into {relation.name} ({names}) overriding system value select {chosen}"
    return values, f"{made} from {relation.name} where {row.where}"


def _after(first: str, state: State) -> State:
    """Return a state that comes about after a statement."""
    quietly, *rest = state.statements
    return replace(state, statements=(quietly, first, *rest))


def _given(field: Field, relation: Relation, parent: Values) -> Iterator[State]:
    """Yield the states in which a row that names bob gives him another: an entry of a list of access."""
    for name in sorted(field.texts.depends_on(relation.name) - {relation.name}):
        one, owned = field.catalog.relation(name), field.owners.owned.get(name)
        mine = field.population.row(name, BOB.name)
        if one is None or mine is None or owned is None or one.kind not in TABLE_KINDS:
            continue
        users = {c.name for c in one.columns if mine.texts.get(c.name) == str(BOB.key(c.type))}
        for key in one.foreign_keys:
            if key.target == relation.name and users and not users & {*key.columns}:
                said = f"the row above hers in {', '.join(key.columns)} of his in {name}"
                yield replace(_below(one, mine, key, parent, {}), said=said)


def _below(
    relation: Relation, row: SyntheticRow, key: ForeignKey, parent: Values, more: dict[str, str]
) -> State:
    """Return the state in which a row refers to another one, and has some more values."""
    refers = {own: parent.get(to) for own, to in zip(key.columns, key.target_columns, strict=True)}
    values = {**refers, **more}
    columns = [column for column in relation.columns if column.name in values]
    sets = ", ".join(f"{column.quoted} = {literal(values[column.name])}" for column in columns)
    said = ", ".join(f"{name} = {literal(value)}" for name, value in more.items())
    update = f"update {relation.name} set {sets} where {row.where}"
    return State(relation.name, f"{said} in {relation.name}", (QUIETLY, update, AS_EVER))


def _says_what_is_handed_down(column: Column) -> bool:
    name = underscored(column.name)
    return column.type == "boolean" and not column.generated and bool(_HANDED_DOWN.search(name))


def _only(relation: Relation, row: SyntheticRow, outcome: Outcome) -> Outcome:
    """Return what came of a read, with her row alone: the one above it bob was given."""
    key = {name: row.stored.get(name) for name in relation.primary_key}
    rows = (
        text
        for text in outcome.rows
        if all(json.loads(text).get(name) == value for name, value in key.items())
    )
    return replace(outcome, rows=tuple(rows) if key else ())
