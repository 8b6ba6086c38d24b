"""States that rows of one person may be in, brought about by a superuser to see who reads what then."""

from __future__ import annotations

import itertools
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL, DANA
from pytest_readiness.gather.attacks.bounds import each
from pytest_readiness.gather.synthesis.values import is_text
from pytest_readiness.judges.lexis import names, plain, strings, word
from pytest_readiness.judges.visibility import is_public, is_withdrawn, publishes
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field

QUIETLY = "set local session_replication_role = replica"
"""Asks no trigger, so that a state comes about as it is written."""

AS_EVER = "set local session_replication_role = origin"

_LEAST = 4
"""Characters of a text whose prefix still means something."""

_LIVE = re.compile(r"(^|_)(active|enabled|valid|visible|verified|confirmed|approved)(_|$)", re.IGNORECASE)
_KEYED = re.compile(r"(^|_)(id|no|nr|num|number|nummer|numero|code|key)$|(?<=[a-z])(Id|No|Nr|Number)$")
"""How numbers are called by which rows are told apart."""

_PAST, FUTURE = "2001-01-01", "2999-01-01"
_MOST = 12
"""States of one relation that are tried."""

_PAIRS = 60
"""Pairs of states of a view's rows that are tried."""

_ASKED, _IN_ALL = 600, 6000
"""States of the rows of one view, and of all views together."""


@dataclass(frozen=True, slots=True)
class State:
    """Another value in one row, or another row.

    Attributes:
        relation: In which the row is.
        said: The column and its value, for people.
        statements: That bring it about.
        value: The column and its value, where it is one column that differs.
    """

    relation: str
    said: str
    statements: tuple[str, ...]
    value: tuple[str, str | None] = ("", None)


def withdrawn(field: Field) -> Iterator[State]:
    """Yield states of alice's rows that nobody means to show to others: deleted, revoked, a draft."""
    for relation, row in _hers(field):
        for column in relation.columns:
            for value in _withdrawn(field, relation, column):
                if value != row.texts.get(column.name) and not column.generated:
                    yield change(relation.name, column, value, row)


def _withdrawn(field: Field, relation: Relation, column: Column) -> Iterator[str]:
    if column.type.startswith(("timestamp", "date")) and is_withdrawn(column.name):
        yield _PAST
    elif column.type == "boolean" and is_withdrawn(column.name):
        yield "true"
    elif column.type == "boolean" and _LIVE.search(column.name):
        yield "false"
    elif is_text(column) or column.kind == "e":
        known = words_of(field, relation, column)
        yield from (value for value in known if is_withdrawn(value, known))
    elif column.type == "jsonb":
        yield from _struck(field, relation, column)


def _struck(field: Field, relation: Relation, column: Column) -> Iterator[str]:
    """Yield documents in which bob stands under a key that code asks for, with nothing as his right."""
    row, owned = field.population.row(relation.name, ALICE.name), field.owners.owned.get(relation.name)
    document = row.stored.get(column.name) if row else None
    owners = {key for name, key, _ in owned.json if name == column.name} if owned else set()
    if not isinstance(document, dict):
        return
    for key in field.texts.keys_about(relation.name):
        if key not in owners and isinstance(document.get(key, {}), dict):
            yield json.dumps(document | {key: {BOB.key(field.cast.user_type): None}})


def words_of(field: Field, relation: Relation, column: Column) -> tuple[str, ...]:
    """Return the values of a column that are known: labels, and strings of CHECKs and of code."""
    if column.kind == "e":
        return column.labels
    checks = [check.definition for check in relation.checks if column.name in check.columns]
    said = [text for check in checks for text in strings(check)]
    return tuple(said) or field.texts.literals_about(relation.name, column.name)


def published(field: Field) -> Iterator[State]:
    """Yield states in which policies let everybody read alice's rows; to write them is another thing."""
    for relation, row in _hers(field):
        text = " ".join(policy.using for policy in relation.policies)
        for column in relation.columns:
            if column.name not in text or column.generated:
                continue
            switch = column.type == "boolean" and publishes(column.name)
            words = words_of(field, relation, column) if is_text(column) or column.kind == "e" else ()
            for value in ("true",) if switch else filter(is_public, words):
                if value != row.texts.get(column.name):
                    yield change(relation.name, column, value, row)


def unassigned(field: Field) -> Iterator[State]:
    """Yield states of alice's rows in which one of their owners is left open, and another is not.

    Only where code asks whether it is: a pupil without a guardian is still the school's.
    """
    texts = [plain(text) for text in field.texts.all() if " is null" in text.lower()]
    for relation, row in _hers(field):
        owned = field.owners.owned.get(relation.name)
        named = [name for name in owned.columns if row.texts.get(name) is not None] if owned else []
        for name in named if len(named) > 1 else ():
            column = relation.column(name)
            asked = re.compile(rf"(?<!\w){word(name)}\)*\s+is\s+null", re.IGNORECASE)
            if column and not column.not_null and any(map(asked.search, texts)):
                yield change(relation.name, column, None, row)


def vacancies(field: Field) -> Iterator[State]:
    """Yield seats in alice's tenant that no user has taken."""
    for membership in field.owners.memberships:
        relation = field.catalog.relation(membership.relation)
        row = field.population.row(membership.relation, ALICE.name)
        user = relation.column(membership.user) if relation else None
        if relation is None or row is None or user is None or user.not_null:
            continue
        keys = {*relation.primary_key} - {membership.tenant}
        kept = [c for c in relation.columns if c.name != user.name and c.name not in keys and c.writable]
        names = ", ".join(c.quoted for c in kept)
        add = f"insert into {relation.name} ({names}) select {names} from {relation.name} where {row.where}"
        said = f"a seat without {user.quoted} in {relation.name}"
        yield State(relation.name, said, (QUIETLY, add, AS_EVER))


def named(
    field: Field, relation: Relation, text: str, people: Iterable[Person] = (ALICE,)
) -> tuple[State, ...]:
    """Return states of the rows of alice, or of several, that a text asks for, of columns that it names."""
    return _those_of(field, relation, text, people, _named)


def besides(
    field: Field, relation: Relation, text: str, people: Iterable[Person] = (ALICE,)
) -> tuple[State, ...]:
    """Return states of the same columns that a text leaves out, which asks for what is not, or not yet."""
    return _those_of(field, relation, text, people, _unnamed)


def _those_of(
    field: Field,
    relation: Relation,
    text: str,
    people: Iterable[Person],
    values: Callable[[Column, tuple[str, ...], set[str]], Iterator[str | None]],
) -> tuple[State, ...]:
    row = field.population.row(relation.name, ALICE.name)
    rows = [one for person in people if (one := field.population.row(relation.name, person.name))]
    words, said = names(text), set(strings(text))
    found: list[State] = []
    for column in relation.columns if row else ():
        if row is None or column.name not in words or column.name in field.key_columns(relation):
            continue
        found += [
            change(relation.name, column, value, *rows)
            for value in values(column, words_of(field, relation, column), said)
            if value != row.texts.get(column.name) and not (value is None and column.not_null)
        ]
    return tuple(found[:_MOST])


def _named(column: Column, known: tuple[str, ...], said: set[str]) -> Iterator[str | None]:
    if column.generated:
        return
    if column.type == "boolean":
        yield from ("true", "false")
    elif column.type.startswith(("timestamp", "date")):
        yield from (_PAST, None)
    elif is_text(column) or column.kind == "e":
        yield from (value for value in known if value in said)


def _unnamed(column: Column, known: tuple[str, ...], said: set[str]) -> Iterator[str | None]:
    if column.generated:
        return
    if column.type.startswith(("timestamp", "date")):
        yield FUTURE
    elif is_text(column) or column.kind == "e":
        yield from [value for value in known if value not in said][:1]


def asked_of(relation: Relation, states: Iterable[State]) -> dict[str, str | None]:
    """Return what one new row of a relation has to say to be in as many of these states as it can.

    Where a column has several, the first: what is asked for comes before what is left out.
    """
    found: dict[str, str | None] = {}
    for state in states:
        if state.relation == relation.name:
            found.setdefault(*state.value)
    return found


def asked_by_view(field: Field, view: Relation) -> tuple[tuple[State, ...], ...]:
    """Return the states that the filter of a view asks for, one or two at a time, of alice's tenant."""
    below = sorted(field.texts.depends_on(view.name) - {view.name})
    relations = [relation for name in below if (relation := field.catalog.relation(name))]
    alone = [
        state
        for among in (named, besides)
        for relation in relations
        if relation.kind in TABLE_KINDS
        for state in among(field, relation, view.view, (ALICE, CAROL, DANA))
    ]
    pairs = [
        (one, other)
        for one, other in itertools.combinations(alone, 2)
        if (one.relation, one.value[0]) != (other.relation, other.value[0])
    ]
    views = sum(relation.kind == "view" for relation in field.catalog.relations)
    asked = (*((state,) for state in alone), *pairs[:_PAIRS])
    return asked[: each(_ASKED, _IN_ALL, views)]


def _hers(field: Field) -> Iterator[tuple[Relation, SyntheticRow]]:
    for relation in field.catalog.relations:
        row = field.population.row(relation.name, ALICE.name)
        if row is not None and relation.kind in TABLE_KINDS and row.where:
            yield relation, row


def change(relation: str, column: Column, value: str | None, *rows: SyntheticRow) -> State:
    """Return the state in which rows have this value."""
    those = " or ".join(f"({row.where})" for row in rows) if rows[1:] else rows[0].where
    update = f"update {relation} set {column.quoted} = {literal(value)} where {those}"
    said = f"{column.quoted} = {literal(value)} in {relation}"
    return State(relation, said, (QUIETLY, update, AS_EVER), (column.name, value))


def likenesses(field: Field, deciding: Iterable[str] | None = None) -> Iterator[State]:
    """Yield states of bob's own rows, in relations that decide, that careless operators take for alice's.

    The beginning of her text matches what only looks for a beginning; an empty list is contained in
    every list. The last character alone is cut off, so that no path is shortened to one above hers.
    """
    for name in sorted(field.texts.deciding if deciding is None else deciding):
        relation = field.catalog.relation(name)
        mine, hers = field.population.row(name, BOB.name), field.population.row(name, ALICE.name)
        if relation is None or relation.kind not in TABLE_KINDS or mine is None or hers is None:
            continue
        for column in relation.columns:
            alike = (
                *_likenesses(column, hers.texts.get(column.name)),
                *_coincidences(field, relation, column),
                *_beginnings(field, relation, column),
            )
            for value in alike:
                if value != mine.texts.get(column.name) and not column.generated:
                    yield change(relation.name, column, value, mine)


def _coincidences(field: Field, relation: Relation, column: Column) -> Iterator[str]:
    """Yield the key of alice's tenant for another number of bob's: they may be mixed up."""
    owned = field.owners.owned.get(relation.name)
    meant = {name for key in relation.foreign_keys if len(key.columns) == 1 for name in key.columns}
    meant |= set(owned.columns) if owned else set()
    number = column.type in {"integer", "bigint"} and column.type == field.cast.tenant_type
    if number and column.name not in meant and ALICE.tenant and _KEYED.search(column.name):
        yield str(ALICE.tenant.key(column.type))


def _beginnings(field: Field, relation: Relation, column: Column) -> Iterator[str]:
    """Yield the number of a tenant with which that of alice's begins: texts may be taken for alike."""
    owned = field.owners.owned.get(relation.name)
    if owned and column.name in owned.tenants and column.type in {"integer", "bigint"} and ALICE.tenant:
        yield str(ALICE.tenant.key(column.type))[:-1]


def _likenesses(column: Column, hers: str | None) -> Iterator[str]:
    if is_text(column) and hers and len(hers) > _LEAST and hers[-2:].isalnum():
        yield hers[:-1]
    elif column.type == "jsonb":
        yield "[]"
        yield "{}"
    elif column.type.endswith("[]"):
        yield "{}"
