"""States that rows of one person may be in, brought about by a superuser to see who reads what then."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.entries import taken_back
from pytest_readiness.gather.synthesis.values import holds_text
from pytest_readiness.judges.purpose.notices import is_notice
from pytest_readiness.judges.purpose.publication import papers, shown_if_absent
from pytest_readiness.judges.purpose.visibility import (
    ends_ahead,
    is_of_money,
    is_public,
    is_withdrawn,
    publishes,
)
from pytest_readiness.judges.sql.lexis import names, plain, strings, word
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.access import Read
    from pytest_readiness.evidence.catalog import Column, Policy, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values
    from pytest_readiness.target.identities import Identity

QUIETLY = "set local session_replication_role = replica"
"""Asks no trigger, so that a state comes about as it is written."""

AS_EVER = "set local session_replication_role = origin"

_LEAST = 4
"""Characters of a text whose prefix still means something."""

_JOINED = re.compile(r"[^\W_][./:|#>_-][^\W_]")
"""A mark between the parts of a text."""

_PARTED, _CLASS = re.compile(r"\\[./|]|[/:#>_-]"), re.compile(r"\[[^\]]*\]|\(\?:")
"""Such a mark in a regular expression, and what holds none: a class of characters, a group."""

_LIVE = re.compile(r"(^|_)(active|enabled|valid|visible|verified|confirmed|approved)(_|$)", re.IGNORECASE)
_KEYED = re.compile(r"(^|_)(id|no|nr|num|number|nummer|numero|code|key)$|(?<=[a-z])(Id|No|Nr|Number)$")
"""How numbers are called by which rows are told apart."""

PAST, FUTURE = "2001-01-01", "2999-01-01"


@dataclass(frozen=True, slots=True)
class State:
    """Another value in one row, or another row.

    Attributes:
        relation: In which the row is.
        said: The column and its value, for people.
        statements: That bring it about.
        value: The column and its value, where it is one column that differs.
        hides: Whether policies hide the row from others then, who see it as things are.
    """

    relation: str
    said: str
    statements: tuple[str, ...]
    value: tuple[str, str | None] = ("", None)
    hides: bool = False


def withdrawn(field: Field) -> Iterator[State]:
    """Yield states of alice's rows that nobody means to show to others: deleted, revoked, a draft."""
    for relation, row in rows_of_hers(field):
        for column in relation.columns:
            for value in _withdrawn(field, relation, column):
                if value != row.texts.get(column.name) and not column.generated:
                    yield change(relation.name, column, value, row)


def _withdrawn(field: Field, relation: Relation, column: Column) -> Iterator[str]:
    if column.dated and is_withdrawn(column.name):
        yield PAST
    elif column.type == "boolean" and is_withdrawn(column.name):
        yield "true"
    elif column.type == "boolean" and _LIVE.search(column.name):
        yield "false"
    elif holds_text(column) or column.kind == "e":
        known = words_of(field, relation, column)
        yield from (value for value in known if is_withdrawn(value, known))
    elif column.type == "jsonb":
        yield from _struck(field, relation, column)
        yield from taken_back(field, relation, column)


def _struck(field: Field, relation: Relation, column: Column) -> Iterator[str]:
    """Yield documents in which bob stands under a key that code asks for, with nothing as his right.

    Where no client writes them and functions do, these take out whom they strike or not.
    """
    row, owned = field.population.row(relation.name, ALICE.name), field.owners.owned.get(relation.name)
    document = row.stored.get(column.name) if row else None
    owners = {key.name for key in owned.json if key.column == column.name} if owned else set()
    written = any(column.name in held.update for held in relation.privileges.values())
    kept = not written and any(
        {relation.table, column.name} <= names(function.body) for function in field.catalog.functions
    )
    if not isinstance(document, dict) or kept:
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
    for relation, row in rows_of_hers(field):
        yield from publishing(field, relation, row)


def publishing(field: Field, relation: Relation, row: SyntheticRow) -> Iterator[State]:
    """Yield states of a row in which policies let everybody read it."""
    text = " ".join(policy.using for policy in relation.policies)
    for column in relation.columns:
        if column.name not in text or column.generated:
            continue
        switch = column.type == "boolean" and publishes(column.name)
        words = words_of(field, relation, column) if holds_text(column) or column.kind == "e" else ()
        for value in ("true",) if switch else filter(is_public, words):
            if value != row.texts.get(column.name):
                yield change(relation.name, column, value, row)


def settled(field: Field) -> Iterator[State]:
    """Yield states of alice's rows that policies of reading ask for and that say something of money alone."""
    for relation, row in rows_of_hers(field):
        text = " ".join(policy.using for policy in relation.shown_by if policy.permissive)
        for column in relation.columns:
            if column.name not in names(text) or column.generated:
                continue
            known = words_of(field, relation, column) if holds_text(column) or column.kind == "e" else ()
            switch = column.type == "boolean" and is_of_money(column.name)
            said = [value for value in known if value in strings(text) and is_of_money(value, known)]
            for value in ("true",) if switch else said:
                if value != row.texts.get(column.name):
                    yield change(relation.name, column, value, row)


def kept_papers(field: Field, relation: Relation) -> Iterator[State]:
    """Yield states in which her file is a paper of somebody's, where kinds are told apart."""
    row = field.population.row(relation.name, ALICE.name)
    for column in relation.columns if row else ():
        checks = [check.definition for check in relation.checks if column.name in check.columns]
        kinds = column.labels or [text for check in checks for text in strings(check)]
        if row and not column.generated:
            yield from (change(relation.name, column, value, row) for value in papers(relation, kinds))


def unassigned(field: Field) -> Iterator[State]:
    """Yield states of alice's rows in which one of their owners is left open, and another is not.

    Only where code asks whether it is: a pupil without a guardian is still the school's. What a policy shows
    to strangers for that reason alone is theirs to see: a post in no group. So is a notice of the platform
    in a log that nobody but the backend writes: what triggers note there is read once they have noted it.
    """
    strangers = {actor.role for actor in field.cast.nobody()} - {field.cast.user(BOB).role}
    texts = [plain(text) for text in field.texts.all() if " is null" in text.lower()]
    for relation, row in rows_of_hers(field):
        owned = field.owners.owned.get(relation.name)
        named = [name for name in owned.columns if row.texts.get(name) is not None] if owned else []
        for name in named if len(named) > 1 else ():
            column = relation.column(name)
            asked = re.compile(rf"(?<!\w){word(name)}\)*\s+is\s+null", re.IGNORECASE)
            meant = shown_if_absent(relation, name, strangers) or is_notice(relation, name, named)
            if column and not column.not_null and not meant and any(map(asked.search, texts)):
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


def taken_away(relation: str, row: SyntheticRow) -> tuple[str, ...]:
    """Return what takes a row away as if it had never been there; what refers to it stays."""
    return (QUIETLY, f"delete from {relation} where {row.where}", AS_EVER)


def rows_of_hers(field: Field) -> Iterator[tuple[Relation, SyntheticRow]]:
    """Yield the rows of alice's that a statement can find."""
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


def hiding(relation: str, column: Column, value: str, row: SyntheticRow) -> State:
    """Return the state in which a row has this value, by which policies hide it."""
    return replace(change(relation, column, value, row), hides=True)


def lasting(relation: Relation, row: Values) -> Values:
    """Return a row that is not over for a long time, where columns say when it will be."""
    ahead = (c for c in relation.columns if c.dated and not c.generated and ends_ahead(c.name))
    return row | {column.name: FUTURE for column in ahead if row.get(column.name) is not None}


def likenesses(field: Field, deciding: Iterable[str] | None = None) -> Iterator[State]:
    """Yield states of bob's own rows, in relations that decide, that careless operators take for alice's.

    The beginning of her text matches what only looks for a beginning; an empty list is contained in
    every list. The last character alone is cut off, so that no path is shortened to one above hers.
    """
    names_of = field.texts.deciding if deciding is None else deciding
    yield from _extended(field, names_of)
    for name in sorted(names_of):
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


def _extended(field: Field, deciding: Iterable[str]) -> Iterator[State]:
    """Yield states of alice's rows whose text begins as bob's does, where hers is too short to be cut.

    Only where a mark parts such texts: a code without one may well be below another that it begins with.
    """
    for name in sorted(deciding):
        relation = field.catalog.relation(name)
        mine, hers = field.population.row(name, BOB.name), field.population.row(name, ALICE.name)
        if relation is None or relation.kind not in TABLE_KINDS or not (mine and hers and hers.where):
            continue
        for column in relation.columns:
            his = mine.texts.get(column.name) or ""
            known = hers.texts.get(column.name) or ""
            short = holds_text(column) and not column.generated and 0 < len(known) <= _LEAST
            if short and known != his and his[-1:].isalnum() and _has_parts(field, relation, column):
                yield change(name, column, f"{his}{_like(his[-1])}", hers)


def _like(character: str) -> str:
    """Return a digit for a digit, and a letter for a letter."""
    if character.isdigit():
        return "7"
    return "A" if character.isupper() else "a"


def _has_parts(field: Field, relation: Relation, column: Column) -> bool:
    """Whether texts of a column have parts, as rows that are there have, or as a CHECK asks for."""
    rows = (row.get(column.name) for row in field.population.held.get(relation.name, ()))
    checks = [check.definition for check in relation.checks if column.name in check.columns]
    asked = any(_PARTED.search(_CLASS.sub("", text)) for check in checks for text in strings(check))
    return asked or any(isinstance(text, str) and _JOINED.search(text) for text in rows)


def _likenesses(column: Column, hers: str | None) -> Iterator[str]:
    if holds_text(column) and hers and len(hers) > _LEAST and hers[-2:].isalnum():
        yield hers[:-1]
    elif column.type == "jsonb":
        yield "[]"
        yield "{}"
    elif column.type.endswith("[]"):
        yield "{}"


def given_states(found: Read, actor: Identity, states: tuple[State, ...]) -> Read:
    """Say of a read in which states it was."""
    before = "\n".join(f"{statement};" for statement in statements_of(states))
    name = f"{actor.name}, given {' and '.join(state.said for state in states)},"
    script = actor.script()
    return replace(found, actor=name, sql=found.sql.replace(script, f"{before}\n{script}", 1))


def as_hers(relation: Relation, row: SyntheticRow, state: State, outcome: Outcome) -> Outcome:
    """Return what came out, with the value back that a state took from her row: so it is told to be hers."""
    name, value = state.value
    kept = [one for one in relation.primary_key if one != name]
    rows = []
    for text in outcome.rows:
        one = json.loads(text)
        same = all(one.get(part, row.stored.get(part)) == row.stored.get(part) for part in kept)
        came = one.get(name, "")
        is_it = came is None if value is None else str(came) == value
        rows.append(json.dumps(one | {name: row.stored[name]}) if is_it and same else text)
    return replace(outcome, rows=tuple(rows))


def statements_of(states: tuple[State, ...]) -> tuple[str, ...]:
    """Return what brings several states about."""
    return tuple(statement for state in states for statement in state.statements)


def hiding_of(states: tuple[State, ...]) -> tuple[str, ...]:
    """Return what brings those of several states about in which policies hide what they show else."""
    return statements_of(tuple(state for state in states if state.hides))


def dropped(relation: Relation, policies: Iterable[Policy]) -> tuple[str, ...]:
    """Return what takes policies away, to see what is left without them."""
    return tuple(f"drop policy {identifier(policy.name)} on {relation.name}" for policy in policies)
