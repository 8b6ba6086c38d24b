"""Rows that staff writes for all to read: no user changes one, not even the one that names him."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.attempts import Attempt
from pytest_readiness.judges.purpose.postings import makes, posted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.attempts import Talk
    from pytest_readiness.gather.attacks.field import Field


def posted_to_all(field: Field, relation: Relation, row: SyntheticRow | None) -> Talk[str]:
    """Return the policy that says that all read it; empty if users write such rows, or nothing says so."""
    policy = posted(field.catalog, relation, field.owners, field.clients)
    if not policy or row is None or any(_puts(field, relation)):
        return ""
    users = [field.cast.user(one) for one in (ALICE, BOB)]
    tried = yield [Attempt(user, (sql,)) for user in users for sql in _writes(relation, user.role)]
    return "" if any(one.touched for one in tried) else policy


def _puts(field: Field, relation: Relation) -> Iterator[bool]:
    """Yield of the functions that users call with their owners' rights whether they make such rows."""
    users = {*field.clients, "public"}
    for function in field.catalog.functions:
        if function.definer and users & {*function.callers}:
            yield makes(function.body, relation.table)


def _writes(relation: Relation, role: str) -> Iterator[str]:
    held = relation.privileges.get(role)
    columns = [one for one in relation.columns if held and one.name in held.update and not one.generated]
    for column in columns[:1]:
        yield f"update {relation.name} set {column.quoted} = {column.quoted}"
    yield f"delete from {relation.name}"
