"""Who the rows of a relation belong to, told from keys, names and declarations.

A policy is not its own specification: what a policy compares counts only as a hint on which
column names the owner, never on whether rows are owned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, ForeignKey, Relation
    from pytest_readiness.settings import Isolation

ENOUGH = 2.5
"""Points that make a column an owner's key."""

_KEY_TYPES = re.compile(r"^(uuid|text|character varying.*|bigint|integer|smallint|citext)$")
_WHO = (
    "owner|user|tenant|org|organi[sz]ation|team|company|workspace|customer|client|member|merchant|"
    "holder|author|subscriber|profile|account|patient|student|employee|sender"
)
_OWNER_NAME = re.compile(rf"^(.+_)?({_WHO})(_?(id|uid|uuid|key))?$")
_ROOT_NAME = re.compile(
    r"^(app_|auth_)?(users?|tenants?|accounts?|organi[sz]ations?|orgs?|customers?|teams?|compan(y|ies)|"
    r"workspaces?|members?|profiles?|clients?|merchants?)$"
)
_RECORDER_NAME = re.compile(
    r"(creat|updat|delet|modif|approv|invit|review|verif|assign|grant|issu)\w*_by|by_user"
)
_PERSON = re.compile(
    rf"({_WHO}|person|people|email|e_mail|phone|msisdn|mobile|address|payer|payee|recipient|login|subject|"
    r"sub|uid|whatsapp)|_by$|_for$|_to$|_from$|_id$|_uuid$|_key$|_ref$"
)
"""Names that may point at somebody; a relation without any such column holds nobody's rows."""

_CALLER = r"(?:\(\s*select\s+)?(?:auth\.uid\(\)|\(?current_setting\([^)]*\)[^)=]*\)?)"


@dataclass(frozen=True, slots=True)
class Ownership:
    """How the rows of a relation belong to somebody.

    Attributes:
        columns: Columns that hold the owner's key themselves, the likeliest first.
        via: The reference that leads to an owned relation, when no column does.
        why: For people: what this was told from.
    """

    columns: tuple[str, ...]
    why: str
    via: ForeignKey | None = None


@dataclass(frozen=True, slots=True)
class Owners:
    """What is known of all relations; a relation in none of these has no owner that could be told.

    Attributes:
        owned: Relations whose rows belong to somebody.
        public: Relations that are declared readable by everybody.
        nobodys: Relations in which nothing could name a person.
    """

    owned: Mapping[str, Ownership] = field(default_factory=dict)
    public: frozenset[str] = frozenset()
    nobodys: frozenset[str] = frozenset()


def infer(catalog: CatalogEvidence, settings: Isolation, users: str) -> Owners:
    """Tell the owners of all relations.

    Args:
        catalog: The relations.
        settings: Declarations, which come before everything that is inferred.
        users: Schema-qualified name of the platform's table of users; empty when it has none.
    """
    public = frozenset(
        relation.name
        for relation in catalog.relations
        if any(_named(relation, pattern) for pattern in settings.world_readable)
    )
    owned: dict[str, Ownership] = {}
    for relation in catalog.relations:
        found = _declared(relation, settings) or _direct(relation, settings, users)
        if found and relation.name not in public:
            owned[relation.name] = found
    _follow_references(catalog, owned, public)
    nobodys = frozenset(
        relation.name
        for relation in catalog.relations
        if relation.kind in TABLE_KINDS
        and relation.name not in owned
        and not any(_may_name_somebody(relation, column) for column in relation.columns)
    )
    return Owners(owned, public, nobodys - public)


def _may_name_somebody(relation: Relation, column: Column) -> bool:
    """Whether a column could hold a person's key or address, however it is called."""
    if (column.name,) == relation.primary_key and not _PERSON.search(column.name):
        return False
    named = bool(_KEY_TYPES.match(column.type)) and bool(_PERSON.search(column.name))
    return named or column.type in {"uuid", "json", "jsonb"}


def _named(relation: Relation, pattern: str) -> bool:
    plain = f"{relation.schema}.{relation.table}"
    return fnmatchcase(plain, pattern) or fnmatchcase(relation.name, pattern)


def _declared(relation: Relation, settings: Isolation) -> Ownership | None:
    for pattern, column in settings.owners.items():
        if not _named(relation, pattern):
            continue
        reference = next((key for key in relation.foreign_keys if key.columns == (column,)), None)
        why = f"{column} (declared)"
        return Ownership((), why, reference) if reference else Ownership((column,), why)
    tenancy = settings.tenancy
    if tenancy and _named(relation, tenancy.table):
        return Ownership((tenancy.user, tenancy.tenant), "the declared table of memberships")
    return None


def _direct(relation: Relation, settings: Isolation, users: str) -> Ownership | None:
    tenants = {settings.tenancy.tenant} if settings.tenancy else set()
    if not users and _ROOT_NAME.match(relation.table) and len(relation.primary_key) == 1:
        return Ownership(relation.primary_key, f"{relation.table} are the owners themselves (name)")
    scored = [
        (_points(relation, column, users) + 3 * (column.name in tenants - set(relation.primary_key)), column)
        for column in relation.columns
    ]
    found = [(points, column) for points, column in scored if points >= ENOUGH]
    if not found:
        return None
    found.sort(key=lambda item: (bool(_RECORDER_NAME.search(item[1].name)), -item[0]))
    first = found[0][1]
    return Ownership(tuple(column.name for _, column in found), _why(relation, first, users))


def _points(relation: Relation, column: Column, users: str) -> float:
    """Sum the evidence that a column holds the key of an owner."""
    references = [key for key in relation.foreign_keys if column.name in key.columns]
    if any(key.target == users for key in references):
        return 4.0
    if not _KEY_TYPES.match(column.type):
        return 0.0
    if references and users:
        return 0.0  # a reference to another relation is a path to the owner, never the owner's key
    points = 3.0 if "auth.uid()" in column.default else 0.0
    points += 3.0 if _compared(relation, column.name) else 0.0
    named = _OWNER_NAME.match(column.name)
    points += 2.5 if named and not references else 0.0
    return points


def _compared(relation: Relation, column: str) -> bool:
    """Whether a policy compares the column with the caller."""
    name = re.escape(column)
    pattern = re.compile(
        rf"(?:(?<![\w.])\(*{name}\)*(?:::\w+)?\s*=\s*{_CALLER})|(?:{_CALLER}[^=]*=\s*\(*{name}(?!\w))",
        re.IGNORECASE,
    )
    return any(pattern.search(f"{policy.using} {policy.check}") for policy in relation.policies)


def _why(relation: Relation, column: Column, users: str) -> str:
    if any(key.target == users and column.name in key.columns for key in relation.foreign_keys):
        return f"{column.name} references {users}"
    if "auth.uid()" in column.default:
        return f"{column.name} defaults to the caller"
    if _OWNER_NAME.match(column.name):
        return f"{column.name} (name and type)"
    return f"{column.name} is compared with the caller"


def _follow_references(catalog: CatalogEvidence, owned: dict[str, Ownership], public: frozenset[str]) -> None:
    """Children belong to whom their parent belongs; partitions to whom the whole belongs."""
    changed = True
    while changed:
        changed = False
        for relation in catalog.relations:
            if relation.name in owned or relation.name in public:
                continue
            found = _inherited(relation, owned) or _through(relation, owned)
            if found:
                owned[relation.name] = found
                changed = True


def _inherited(relation: Relation, owned: Mapping[str, Ownership]) -> Ownership | None:
    parent = owned.get(relation.parent)
    return Ownership(parent.columns, f"part of {relation.parent}", parent.via) if parent else None


def _through(relation: Relation, owned: Mapping[str, Ownership]) -> Ownership | None:
    required = {column.name for column in relation.columns if column.not_null}

    def preference(key: ForeignKey) -> tuple[bool, str]:
        return (not required.issuperset(key.columns), key.columns[0])

    paths: Iterable[ForeignKey] = sorted(
        (key for key in relation.foreign_keys if key.target in owned and key.target != relation.name),
        key=preference,
    )
    for key in paths:
        return Ownership((), f"{', '.join(key.columns)} references {key.target}, which is owned", key)
    return None
