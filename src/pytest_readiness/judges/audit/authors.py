"""Who may write to a table: the backend, a user, and functions with the rights of its owner."""

from __future__ import annotations

import re
from enum import Enum
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import VERBS
from pytest_readiness.judges.sql.lexis import names, plain, word
from pytest_readiness.judges.sql.memberships import above

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.evidence.catalog import CatalogEvidence, Function, Privileges, Relation

OWNER_NAME = "the owner of the table"
_STATEMENTS = {
    "INSERT": r"insert\s+into",
    "UPDATE": r"update|merge\s+into|insert\s+into(?=[^;]*\bdo\s+update\b)",
    "DELETE": r"delete\s+from|merge\s+into",
    "TRUNCATE": r"truncate(?:\s+table)?",
}


class Author(Enum):
    """Who makes a write, the first who may before all others."""

    BACKEND = "the backend"
    USER = "a user"
    OWNER = OWNER_NAME


def authors(
    catalog: CatalogEvidence,
    relation: Relation,
    backend: Privileges,
    user: str,
    verb: str,
    column: str = "",
) -> tuple[Author, ...]:
    """Return who is to try a write, in this order, until it changes something.

    The owner tries what a client may do in another state of things than the one at hand, what functions do
    with his rights, and, where nobody else writes to the table at all, what its triggers are for.

    Args:
        catalog: Of the target.
        relation: The table.
        backend: What the backend may do with it.
        user: Role of the user; empty where nobody can become one.
        verb: One of the verbs.
        column: That an UPDATE changes; empty for any.
    """
    roles = [role for role in catalog.clients if _lets_in(catalog, relation, role, verb, column)]
    found = [Author.BACKEND] if holds(backend, verb, column) else []
    if user in roles:
        found.append(Author.USER)
    if (
        roles
        or any(writes_for_clients(catalog, relation, verb, column))
        or (_meant_for(relation, verb) and not _written(catalog, relation, backend))
    ):
        found.append(Author.OWNER)
    return tuple(found) or (Author.BACKEND,)


def may_write(
    relation: Relation, role: str, above: Collection[str], verb: str = "UPDATE", column: str = ""
) -> bool:
    """Whether a role may write rows of a table, its own or another's.

    Without a policy that lets anybody do so the right is held in vain: only the backend writes there.

    Args:
        relation: With the rights of each role, those that it inherits among them.
        role: A client's.
        above: The roles that it is a member of, whose policies let it in too.
        verb: One of the verbs.
        column: That an UPDATE changes; empty for any.
    """
    held = relation.privileges.get(role)
    bound = {"public", role, *above}
    let = (p for p in relation.policies if p.permissive and p.command in {"ALL", verb})
    free = not relation.rls or verb == "TRUNCATE"
    return bool(held and holds(held, verb, column)) and (
        free or any(bound.intersection(policy.roles) for policy in let)
    )


def holds(held: Privileges, verb: str, column: str = "") -> bool:
    """Whether rights are enough for a write, of this column or of any."""
    if verb == "INSERT":
        return bool(held.insert)
    if verb == "UPDATE":
        return column in held.update if column else bool(held.update)
    return verb.lower() in held.others


def writes_for_clients(
    catalog: CatalogEvidence, relation: Relation, verb: str = "", column: str = ""
) -> Iterator[Function]:
    """Yield the functions that clients may call and that write to a table with their owner's rights.

    Args:
        catalog: Of the target.
        relation: The table.
        verb: That they write with; empty for any.
        column: That they name; empty for any.
    """
    said = _STATEMENTS[verb] if verb else "|".join(_STATEMENTS.values())
    writes = re.compile(
        rf"\b(?:{said})\s+(?:only\s+)?(?:\w+\s*\.\s*)?{word(relation.table)}\b", re.IGNORECASE
    )
    for function in catalog.functions:
        called = function.callers and function.returns != "trigger"  # which nobody calls
        about = not column or column in names(function.body)
        if function.definer and called and about and writes.search(plain(function.body)):
            yield function


def by_whom(writes: Iterable[Write]) -> str:
    """Say what the owner alone could write; empty where others could write all of it."""
    writes = tuple(writes)
    others = {(write.verb, write.column) for write in writes if write.actor != OWNER_NAME}
    own = (write for write in writes if write.actor == OWNER_NAME and not write.way)
    left = [write for write in own if (write.verb, write.column) not in others]
    done = dict.fromkeys(f"{w.verb} of {w.column}" if w.column else w.verb for w in left)
    if not done:
        return ""
    return f"; made by {OWNER_NAME}, as no client could make them directly here: {', '.join(done)}"


def _lets_in(catalog: CatalogEvidence, relation: Relation, role: str, verb: str, column: str) -> bool:
    return may_write(relation, role, above(role, catalog.roles), verb, column)


def _meant_for(relation: Relation, verb: str) -> bool:
    """Whether a trigger waits for rows that are written so."""
    return verb != "TRUNCATE" and any(verb in trigger.events for trigger in relation.triggers)


def _written(catalog: CatalogEvidence, relation: Relation, backend: Privileges) -> bool:
    """Whether anybody but the owner writes to a table, or calls what does."""
    return any(writes_for_clients(catalog, relation)) or any(
        holds(backend, verb) or any(_lets_in(catalog, relation, role, verb, "") for role in catalog.clients)
        for verb in VERBS
    )
