"""Rows that staff writes for all to read: no user changes one, not even the one that names him."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.gather.attacks.forgery import Forger
from pytest_readiness.judges.purpose.staff_postings import makes, posted
from pytest_readiness.judges.sql.lexis import names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field

_MOST = 2
"""Rows in her name, and others, that each may try to put there."""


def posted_to_all(field: Field, relation: Relation, row: SyntheticRow | None) -> Talk[str]:
    """Return the policy that says that all read it; empty if users write such rows, or nothing says so."""
    policy = posted(field.catalog, relation, field.owners, field.clients)
    if not policy or row is None or any(_puts(field, relation)):
        return ""
    forger = Forger(field)
    views = [one for one in field.catalog.relations if _is_above(field, one, relation)]
    attempts = [
        Attempt(field.cast.user(one), (sql,), (relation.name,), target)
        for one in (ALICE, BOB)
        for target in (relation, *views)
        for sql in _writes(forger, target, field.cast.user(one).role, one)
    ]
    tried = yield attempts
    came = zip(attempts, tried, strict=True)
    done = any(one.touched if attempt.about is relation else one.changed for attempt, one in came)
    return "" if done else policy


def _puts(field: Field, relation: Relation) -> Iterator[bool]:
    """Yield of what users make run with its owner's rights whether it makes such rows."""
    users = {*field.clients, "public"}
    tables = [one for one in field.catalog.relations if one.triggers and _is_users(field, one)]
    run = {trigger.function for one in tables for trigger in one.triggers if trigger.enabled != "D"}
    for function in field.catalog.functions:
        called = users & {*function.callers} and function.returns != "trigger"
        if function.definer and (called or function.name in run):
            bodies = (function.body, *(one.body for one in field.texts.called([function.body])))
            yield any(makes(one, relation.table) for one in bodies)


def _is_users(field: Field, relation: Relation) -> bool:
    """Whether policies let users write rows of their own, of whom they ask."""
    owned = field.owners.owned.get(relation.name)
    return owned is not None and any(
        policy.permissive
        and policy.command in {"INSERT", "UPDATE", "ALL"}
        and names(f"{policy.using} {policy.check}") & {*owned.users}
        for policy in relation.policies
    )


def _is_above(field: Field, view: Relation, relation: Relation) -> bool:
    """Whether a relation is a view through which such rows may be written."""
    return view.kind == "view" and relation.name in field.texts.touched_by(view.name)


def _writes(forger: Forger, relation: Relation, role: str, person: Person) -> Iterator[str]:
    held = relation.privileges.get(role)
    columns = [one for one in relation.columns if held and one.name in held.update and not one.generated]
    for column in columns[:1]:
        yield f"update {relation.name} set {column.quoted} = {column.quoted}"
    yield f"delete from {relation.name}"
    if held:
        yield from islice(forger.inserts(relation, held, person), _MOST)
        yield from forger.anew(relation, held, person)
