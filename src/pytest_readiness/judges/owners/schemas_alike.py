"""Schemas that hold the same tables, each with a login that is called like it: tenants, each in its own."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from pytest_readiness.evidence.catalog import Relation, Role

_PART = re.compile(r"[\W_]+")
_OTHERS = re.compile(
    r"old|new|archive|backup|bak|history|audit|stage|staging|test|dev|prod|template|v?\d+", re.IGNORECASE
)
"""How copies of a schema are called that is one tenant's, or all tenants'."""


def homes(
    relations: Iterable[Relation], roles: Sequence[Role]
) -> dict[str, tuple[str, tuple[Relation, ...]]]:
    """Return by login its schema; none where fewer than two have one."""
    logins = [one.name for one in roles if one.login and not (one.superuser or one.bypasses)]
    for schemas in _alike(relations):
        named = {schema: _called_like(schema, logins, schemas) for schema in schemas}
        found = {login: (schema, schemas[schema]) for schema, login in named.items() if login}
        if len(found) > 1:
            return found
    return {}


def _alike(relations: Iterable[Relation]) -> list[Mapping[str, tuple[Relation, ...]]]:
    """Return groups of schemas with the same tables, none of which has policies."""
    tables: defaultdict[str, list[Relation]] = defaultdict(list)
    for relation in relations:
        if relation.kind in TABLE_KINDS and not relation.parent:
            tables[relation.schema].append(relation)
    shapes: defaultdict[frozenset[tuple[str, ...]], dict[str, tuple[Relation, ...]]] = defaultdict(dict)
    for schema, held in tables.items():
        shape = frozenset((one.table, *(column.name for column in one.columns)) for one in held)
        if not any(one.rls for one in held) and not all(map(_OTHERS.fullmatch, _parts(schema))):
            shapes[shape][schema] = tuple(held)
    return [schemas for schemas in shapes.values() if len(schemas) > 1]


def _called_like(schema: str, logins: Iterable[str], others: Iterable[str]) -> str:
    """Return the one login that has the name of a schema in its own, and of no other; empty if it is none."""
    own = _parts(schema)
    longer = [_parts(other) for other in others if other != schema]
    found = [
        login
        for login in logins
        if _within(own, _parts(login))
        and not any(_within(other, _parts(login)) for other in longer if len(other) >= len(own))
    ]
    return found[0] if len(found) == 1 else ""


def _parts(name: str) -> list[str]:
    return [part for part in _PART.split(name.lower()) if part]


def _within(own: list[str], parts: list[str]) -> bool:
    """Whether a name begins or ends with another's parts."""
    return own == parts[: len(own)] or own == parts[-len(own) :]
