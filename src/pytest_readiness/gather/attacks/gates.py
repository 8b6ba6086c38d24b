"""Whether whoever a row is for has opened his doors to all, and is left in peace once he closes them."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE
from pytest_readiness.evidence.statuses import REFUSED
from pytest_readiness.gather.attacks.states import FUTURE, PAST, change, words_of
from pytest_readiness.judges.purpose.gates import invites, opens_from
from pytest_readiness.judges.purpose.visibility import withholds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Ownership
    from pytest_readiness.gather.attacks.attempts import Attempt
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.attacks.states import State


def open_gate(field: Field, relation: Relation, attempt: Attempt) -> str:
    """Return the column and value of the receiver's own row without which nothing can be sent to him.

    Args:
        field: With the rows of people.
        relation: Into which an attempt put a row that names the victim, or her tenant.
        attempt: That did.
    """
    owned = field.owners.owned.get(relation.name)
    text = " ".join(field.texts.run_to_write(relation.name))
    for name in _receivers(relation, owned) if owned else ():
        for said, state in closings(field, name, text):
            closed = replace(attempt, before=(*attempt.before, *state.statements))
            for _, outcome, control in field.from_states([closed]):
                if not control.state and outcome.state == REFUSED:
                    return said
    return ""


def closings(field: Field, name: str, text: str) -> Iterator[tuple[str, State]]:
    """Yield what opens alice's row to what others send, as a text asks for it, and a state without it."""
    row = field.population.row(name, ALICE.name)
    for column, value, other in _switches(field, name, text) if row else ():
        if row:
            yield f"{column.quoted} = {value}", change(name, column, other, row)


def opened(field: Field, name: str, text: str) -> Iterator[State]:
    """Yield states in which alice's row is open to what others send, as a text asks for it."""
    row = field.population.row(name, ALICE.name)
    for column, value, _ in _switches(field, name, text) if row else ():
        if row:
            yield change(name, column, PAST if column.dated else value, row)


def _receivers(relation: Relation, owned: Ownership) -> Iterator[str]:
    """Yield the relations of those whom a row names."""
    for key in relation.foreign_keys:
        if {*key.columns} <= {*owned.users, *owned.tenants} or key == owned.via:
            yield key.target


def _switches(field: Field, name: str, text: str) -> Iterator[tuple[Column, str, str]]:
    """Yield the columns that open a row, with the value that does, and one by which it is closed."""
    relation = field.catalog.relation(name)
    for column in relation.columns if relation else ():
        if not relation or not re.search(rf"(?<!\w){re.escape(column.quoted)}(?!\w)", text):
            continue
        if column.type == "boolean" and invites(column.name):
            yield column, "true", "false"
        elif column.type == "boolean" and withholds(column.name, in_tenant=False):
            yield column, "false", "true"
        elif column.dated and opens_from(column.name):
            yield column, "a time that has come", FUTURE
        words = words_of(field, relation, column)
        inviting = [word for word in words if invites(word)]
        if inviting and len(inviting) < len(words):
            yield column, inviting[0], next(word for word in words if word not in inviting)
