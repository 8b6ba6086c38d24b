"""Conditions that compare the owner of a row with the caller, in the words that the project uses itself."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.ownership import Who
from pytest_readiness.judges.sql.nouns import USER_WORD
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Column, ForeignKey, Relation
    from pytest_readiness.evidence.ownership import Ownership
    from pytest_readiness.fixes.system import System

_METADATA = "user_metadata"
"""The part of a token that its user may write."""

_DEPTH = 4
"""References that are followed to an owner."""

_MOST = 8
"""Conditions that are tried for one relation."""

_BECOME = re.compile(r"set_config\(\s*'([\w.]+)'\s*,\s*%\((user|tenant)\)s", re.IGNORECASE)
_SEVERAL = re.compile(r"\b(or|and)\b", re.IGNORECASE)


def conditions(relation: Relation, system: System) -> tuple[str, ...]:
    """Return conditions under which a row is the caller's, the likeliest first."""
    return tuple(dict.fromkeys(_Conditions(relation, system).all()))[:_MOST]


def guarded(relation: Relation, system: System) -> tuple[str, ...]:
    """Return the same for rows that are written: the row that it refers to is the caller's as well."""
    found = _Conditions(relation, system)
    plain = conditions(relation, system)
    parents = [
        next(iter(found.through(key)), "")
        for key in relation.foreign_keys
        if key.target != relation.name and key.target in system.owners.owned
    ]
    extra = [parent for parent in parents if parent and parent not in plain]
    both = [" and ".join([wrapped(plain[0]), *extra])] if plain and extra else []
    return tuple(dict.fromkeys([*plain, *both]))


def references(relation: Relation, key: ForeignKey, system: System) -> tuple[str, ...]:
    """Return conditions under which the row that a reference leads to is the caller's."""
    return tuple(_Conditions(relation, system).through(key))


def caller(column: Column, system: System) -> str:
    """Return the expression that names the user in the type of a column; empty when nothing does."""
    if system.users:
        numeric = column.type.split("(")[0] in {"smallint", "integer", "bigint", "numeric"}
        return "" if numeric else _typed("(select auth.uid())", "uuid", column)
    return _set("user", column, system)


class _Conditions:
    """Conditions on the rows of one relation.

    Args:
        relation: Whose rows are meant.
        system: All that is known.
        alias: By which a subquery names its columns; empty outside of one.
        depth: How many references led here.
    """

    def __init__(self, relation: Relation, system: System, alias: str = "", depth: int = 0) -> None:
        self.relation = relation
        self.system = system
        self.alias = alias
        self.depth = depth
        self.owned = system.owners.owned.get(relation.name)

    def all(self) -> Iterator[str]:
        """Yield them, the likeliest first: tenants before users, as colleagues share what is a tenant's."""
        owned = self.owned
        if owned is None or self.depth > _DEPTH:
            return
        memberships = {membership.relation for membership in self.system.owners.memberships}
        users = list(self._by_user(owned))
        tenants = [] if owned.personal else list(self._by_tenant(owned))
        if self.relation.name not in memberships:
            yield from tenants
        if len(users) > 1:
            yield " or ".join(users)
        yield from users
        if users and tenants:
            yield f"{tenants[0]} and {users[0]}"
        yield from tenants
        yield from self._by_json(owned)
        if not users and not tenants:
            yield from self._by_reference(owned)

    def _name(self, column: Column) -> str:
        return f"{self.alias}.{column.quoted}" if self.alias else column.quoted

    def _by_user(self, owned: Ownership) -> Iterator[str]:
        for name in owned.users:
            column = self.relation.column(name)
            if column is None:
                continue
            if name in owned.addressed and self.system.users:
                yield f"{self._name(column)} = {_claim('email')}"
            elif said := caller(column, self.system):
                yield f"{self._name(column)} = {said}"
            else:
                yield from self._as_elsewhere(column)

    def _by_tenant(self, owned: Ownership) -> Iterator[str]:
        for name in owned.tenants:
            column = self.relation.column(name)
            if column is None:
                continue
            yield from self._as_elsewhere(column)
            yield from self._by_membership(column)
            yield from self._by_claim(column)
            if said := _set("tenant", column, self.system):
                yield f"{self._name(column)} = {said}"

    def _by_membership(self, column: Column) -> Iterator[str]:
        for membership in self.system.owners.memberships:
            table = self.system.catalog.relation(membership.relation)
            if table is None or table.name == self.relation.name:
                continue
            user, tenant = table.column(membership.user), table.column(membership.tenant)
            if user and tenant and tenant.type == column.type and (said := caller(user, self.system)):
                inside = f"select m.{tenant.quoted} from {table.name} m where m.{user.quoted} = {said}"
                yield f"{self._name(column)} in ({inside})"

    def _by_claim(self, column: Column) -> Iterator[str]:
        """Yield claims that the project's code reads already: of others nothing tells that they are set."""
        for claim in self.system.texts.claims if self.system.users else ():
            if not USER_WORD.search(claim.name) and claim.within != _METADATA and not claim.listed:
                yield f"{self._name(column)} = {_typed(_claim(claim.name, claim.within), 'text', column)}"

    def _as_elsewhere(self, column: Column) -> Iterator[str]:
        """Yield what other policies ask of a column of this name, where they ask nothing else."""
        for said, relations in self.system.sayings.get(column.quoted, {}).items():
            if relations != {self.relation.name} and _METADATA not in said:
                yield self._name(column) + said[len(column.quoted) :]

    def _by_json(self, owned: Ownership) -> Iterator[str]:
        for key in owned.json:
            column = self.relation.column(key.column)
            if column and key.who is Who.USER and self.system.users:
                yield f"{self._name(column)} ->> {literal(key.name)} = (select auth.uid())::text"

    def _by_reference(self, owned: Ownership) -> Iterator[str]:
        keys = [owned.via] if owned.via else []
        others = (key for key in self.relation.foreign_keys if key.target in self.system.owners.owned)
        for key in dict.fromkeys([*keys, *others]):
            yield from self.through(key)

    def through(self, key: ForeignKey) -> Iterator[str]:
        """Yield conditions on the row that a reference leads to."""
        parent = self.system.catalog.relation(key.target)
        if parent is None or key.target == self.relation.name:
            return
        alias, here = f"p{self.depth}" if self.depth else "p", self.alias or self.relation.name
        pairs = [
            f"{alias}.{theirs.quoted} = {here}.{mine.quoted}"
            for ours, target in zip(key.columns, key.target_columns, strict=True)
            if (mine := self.relation.column(ours)) and (theirs := parent.column(target))
        ]
        for condition in _Conditions(parent, self.system, alias, self.depth + 1).all():
            asked = " and ".join([*pairs, wrapped(condition)])
            yield f"exists (select from {parent.name} {alias} where {asked})"


def _set(who: str, column: Column, system: System) -> str:
    """Return the value of the setting that says who the user or the tenant is; empty when none does."""
    become = system.session.become if system.session else ""
    declared = {kind: name for name, kind in _BECOME.findall(become)}
    about_users = who == "user"
    fits = [n for n in system.texts.settings if bool(USER_WORD.search(n.rpartition(".")[2])) == about_users]
    name = declared.get(who) or (fits[0] if len(fits) == 1 else "")
    return (
        _typed(f"(select nullif(current_setting({literal(name)}, true), ''))", "text", column) if name else ""
    )


def _claim(name: str, within: str = "") -> str:
    inside = f" -> {literal(within)}" if within else ""
    return f"((select auth.jwt()){inside} ->> {literal(name)})"


def _typed(value: str, has: str, column: Column) -> str:
    """Return an expression in the type of a column."""
    base = column.type.split("(")[0]
    texts = {"text", "character varying", "citext", "name"}
    if base == has or (has == "text" and base in texts):
        return value
    return f"{value}::{'text' if base in texts else base}"


def wrapped(condition: str) -> str:
    """Put a condition into parentheses where another would tear it apart."""
    return f"({condition})" if _SEVERAL.search(condition) else condition
