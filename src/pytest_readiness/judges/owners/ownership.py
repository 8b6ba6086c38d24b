"""Who the rows of a relation belong to, told from keys, names and declarations.

A policy is not its own specification: what a policy compares counts only as a hint on which
column names the owner, never on whether rows are owned.
"""

from __future__ import annotations

import re
from collections import defaultdict
from fnmatch import fnmatchcase
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.ownership import Owners, Ownership, Who
from pytest_readiness.judges.owners.callers import hints, hints_of
from pytest_readiness.judges.owners.descent import follow_references
from pytest_readiness.judges.owners.document_keys import document_keys, is_caller
from pytest_readiness.judges.owners.identities import ASKING, READ
from pytest_readiness.judges.owners.lists import asks_for_lists, listed
from pytest_readiness.judges.owners.makers import RECORDER_NAME, is_appointed, is_signed
from pytest_readiness.judges.owners.naming_columns import Names
from pytest_readiness.judges.owners.tenancy import memberships
from pytest_readiness.judges.owners.worded import lying_in, worded
from pytest_readiness.judges.sql.lexis import plain, word
from pytest_readiness.judges.sql.lookups import looked_up
from pytest_readiness.judges.sql.nouns import KEY_TYPES, PERSONS, TENANT_WORD, USER_NAME, USER_WORD
from pytest_readiness.judges.sql.requests import claims_in
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, ForeignKey, Relation
    from pytest_readiness.judges.owners.callers import Hints
    from pytest_readiness.judges.sql.texts import Texts
    from pytest_readiness.settings import Isolation

ENOUGH = 2.5
"""Points that make a column an owner's key."""

_TENANT_NAME = re.compile(
    r"^(.+_)?(org|organi[sz]ation|tenant|team|company|workspace|merchant|account|firm|client_org)(_?(id|uuid|key|slug))?$"
)
_TEXT_KEY = re.compile(r"^(owner|user|uid|sub|tenant|org)$|(_|(?<=[a-z]))(id|uid|uuid|key|slug|sub)$")
"""Names by which a text is a key; `recipient` and `bank_account` are as likely to be words for people."""

_ROOT_NAME = re.compile(r"^(app_|auth_)?(users?|customers?|members?|profiles?|clients?|people|persons?)$")
_TENANT_ROOT_NAME = re.compile(
    r"^(app_)?(tenants?|accounts?|organi[sz]ations?|orgs?|teams?|compan(y|ies)|workspaces?|merchants?)$"
)


def infer(
    catalog: CatalogEvidence,
    settings: Isolation,
    users: str,
    texts: Texts | None = None,
    known: frozenset[tuple[str, str]] = frozenset(),
) -> Owners:
    """Tell the owners of all relations.

    Args:
        catalog: The relations.
        settings: Declarations, which come before everything that is inferred.
        users: Schema-qualified name of the platform's table of users; empty when it has none.
        texts: Of the same catalog, if they are at hand.
        known: Columns, as (relation, column), whose values in the target are keys of its users.
    """
    return _Inference(catalog, settings, users, texts or texts_of(catalog), known).owners()


class _Inference:
    def __init__(
        self,
        catalog: CatalogEvidence,
        settings: Isolation,
        users: str,
        texts: Texts,
        known: frozenset[tuple[str, str]],
    ) -> None:
        self.catalog = catalog
        self.settings = settings
        self.users = users
        self.known = known
        self.texts = texts
        self.hints: Hints = hints(catalog, texts) if texts is not texts_of(catalog) else hints_of(catalog)
        self.public = _declared(catalog, settings.world_readable)
        self.people = self._people()
        self.user_columns = {relation.name: self._user_columns(relation) for relation in catalog.relations}
        self.memberships = memberships(catalog, texts, self.hints, self.user_columns, settings.tenancy)
        self.roots = self._roots()

    def owners(self) -> Owners:
        owned: dict[str, Ownership] = {}
        for relation in self.catalog.relations:
            found = self._declared(relation) or self._direct(relation)
            if found and relation.name not in self.public:
                owned[relation.name] = found
        follow_references(self.catalog, owned, self.public, self.hints)
        left = [r for r in self.catalog.relations if r.name not in {*owned, *self.public}]
        if lists := listed(self.texts, self.hints, self.memberships, left):
            owned |= lists
            follow_references(self.catalog, owned, self.public, self.hints)
        left = [r for r in left if r.name not in owned]
        if by_words := worded(self.catalog, self.hints, owned, left):
            owned |= by_words
            follow_references(self.catalog, owned, self.public, self.hints)
        owned |= lying_in(self.catalog, self.texts, owned)
        names = Names.of(self.catalog, owned, {*self.people, *self.roots})
        nobodys = frozenset(
            relation.name
            for relation in self.catalog.relations
            if relation.kind in TABLE_KINDS
            and relation.name not in owned
            and not any(names.may_name_somebody(relation, column) for column in relation.columns)
            and not _asks_request(relation, self.texts)
            and not asks_for_lists(self.texts, relation)
        )
        return Owners(
            owned,
            self.public,
            nobodys - self.public,
            self.people,
            self.roots,
            self.memberships,
            _declared(self.catalog, self.settings.drop_boxes),
        )

    def _people(self) -> dict[str, str]:
        """Tables with one row for each user: the platform's own, and profiles beside it."""
        found = {self.users: "id"} if self.users else {}
        for relation in self.catalog.relations:
            alone = [columns[0] for columns in relation.unique if len(columns) == 1]
            for name in alone:
                column = relation.column(name)
                if column and relation.kind in TABLE_KINDS and self._names_user(relation, column):
                    found[relation.name] = name
                    break
        return found

    def _names_user(self, relation: Relation, column: Column) -> bool:
        if any(key.columns == (column.name,) and key.target == self.users for key in relation.foreign_keys):
            return bool(self.users)
        # Who owns a thing is in a column beside its drawn key: by that key a helper looks him up.
        if _is_rows_own(relation, column, self.texts) and any(
            key.target == self.users for key in relation.foreign_keys
        ):
            return False
        if self._is_caller(relation, column):
            return bool(KEY_TYPES.match(column.type)) and not self._is_of_a_row(relation, column)
        is_key = (column.name,) == relation.primary_key and not relation.foreign_keys
        typed = column.type == "uuid" or not self.users
        return is_key and typed and bool(_ROOT_NAME.match(relation.table))

    def _is_caller(self, relation: Relation, column: Column) -> bool:
        asked = self.hints.callers.get((relation.name, column.name)) is Who.USER
        return asked or "auth.uid()" in column.default

    def _is_of_a_row(self, relation: Relation, column: Column) -> bool:
        """Whether a column is compared with the key of a row that a function finds by another of its columns.

        An employee's card has a number of its own, beside the user whose it is.
        """
        place = (relation.name, column.name)
        named = {
            (key.target, key.target_columns[0])
            for key in relation.foreign_keys
            if key.columns == (column.name,)
        }
        return any(self._is_found_by_user(*of) for of in self._compared_through[place] & {place, *named})

    def _is_found_by_user(self, name: str, key: str) -> bool:
        """Whether another column than a key of a relation names the user, and nothing that he is found by."""
        known = self.catalog.relation(name)
        others = [column for column in known.columns if column.name != key] if known else []
        asked = (column for column in others if known and self._is_caller(known, column))
        return not all(self._compared_through[name, column.name] for column in asked)

    @cached_property
    def _compared_through(self) -> defaultdict[tuple[str, str], set[tuple[str, str]]]:
        """Columns that are compared with what functions without arguments look up, each with these."""
        found: defaultdict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
        for place, of in self.hints.through:
            found[place].add(of)
        return found

    def _user_columns(self, relation: Relation) -> tuple[str, ...]:
        scored = [(self._points(relation, column), column.name) for column in relation.columns]
        found = [(points, name) for points, name in scored if points >= ENOUGH]
        found.sort(key=lambda item: (bool(RECORDER_NAME.search(item[1])), -item[0]))
        led = self.hints.leading
        paths = (c.name for c in relation.columns if led.get((relation.name, c.name)) is Who.USER)
        return tuple(name for _, name in found) or tuple(paths)

    def _points(self, relation: Relation, column: Column) -> float:
        """Sum the evidence that a column holds the key of a user."""
        declared = self.settings.tenancy
        if declared and declared.user == column.name and _named(relation, declared.table):
            return 6.0
        if self.people.get(relation.name) == column.name:
            return 5.0
        targets = [
            (key.target, key.target_columns[key.columns.index(column.name)])
            for key in relation.foreign_keys
            if column.name in key.columns
        ]
        if any(self.people.get(target) == name for target, name in targets):
            return 4.0
        if any(
            self._passes_user(key, column.name)
            for key in relation.foreign_keys
            if key.target != relation.name
        ):
            return 4.0
        if not KEY_TYPES.match(column.type) or targets:
            # Any other reference to another relation is a path to the owner.
            return 3.0 if targets and is_caller(relation, column) else 0.0
        points = 3.0 if "auth.uid()" in column.default or "current_user" in column.default.lower() else 0.0
        place = (relation.name, column.name)
        points += 3.0 if self.hints.callers.get(place) in {Who.USER, Who.EMAIL} else 0.0
        points += 3.0 if place in self.known or place in self._named_by_parts else 0.0
        named = USER_NAME.match(column.name) and _may_be_key(column)
        named = named and not _is_rows_own(relation, column, self.texts)
        return points + (2.5 if named and not self._is_looked_up(relation, column) else 0.0)

    @cached_property
    def _named_by_parts(self) -> frozenset[tuple[str, str]]:
        """Columns that keys of several columns refer to by one that is compared with the caller."""
        return frozenset(
            (key.target, target)
            for relation in self.catalog.relations
            for key in relation.foreign_keys
            for own, target in zip(key.columns, key.target_columns, strict=True)
            if len(key.columns) > 1 and self.hints.callers.get((relation.name, own)) is Who.USER
        )

    def _is_looked_up(self, relation: Relation, column: Column) -> bool:
        """Whether a trigger takes a column for the key of something that is no user: an employee's card."""
        return any(
            name == column.name
            and (known := self.catalog.relation(other))
            and (key,) == known.primary_key
            and self.people.get(other) != key
            for name, other, key in looked_up(self.catalog, relation)
        )

    def _passes_user(self, key: ForeignKey, name: str) -> bool:
        """Whether a column takes a user's key over from what a key of several columns refers to."""
        target = self.catalog.relation(key.target)
        if target is None or len(key.columns) == 1 or name not in key.columns:
            return False
        column = target.column(key.target_columns[key.columns.index(name)])
        referring = {one for other in target.foreign_keys if len(other.columns) > 1 for one in other.columns}
        return column is not None and column.name not in referring and self._points(target, column) >= ENOUGH

    def _roots(self) -> dict[str, str]:
        """Tables with one row for each tenant."""
        found = {}
        for membership in self.memberships:
            relation = self.catalog.relation(membership.relation)
            for key in relation.foreign_keys if relation else ():
                if key.target == membership.root and key.columns == (membership.tenant,):
                    found[key.target] = key.target_columns[0]
            root = self.catalog.relation(membership.root)
            if root and root.name not in found and len(root.primary_key) == 1:
                found[root.name] = root.primary_key[0]
        found |= {name: key for name, key in self._referred_as_tenant() if name not in found}
        for relation in self.catalog.relations:
            if relation.name in found or relation.name in self.people or len(relation.primary_key) != 1:
                continue
            claimed = self.hints.callers.get((relation.name, relation.primary_key[0])) is Who.TENANT
            if claimed or (_TENANT_ROOT_NAME.match(relation.table) and not self.user_columns[relation.name]):
                found[relation.name] = relation.primary_key[0]
        belonging = {membership.root for membership in self.memberships}
        return {name: key for name, key in found.items() if name in belonging or not self._is_person(name)}

    def _is_person(self, name: str) -> bool:
        """Whether a table has a row for each user, or for each person of a kind who is one: its drivers."""
        relation = self.catalog.relation(name)
        return name in self.people or (
            relation is not None
            and bool(PERSONS.search(relation.table))
            and any(key.target in self.people for key in relation.foreign_keys)
        )

    def _referred_as_tenant(self) -> Iterator[tuple[str, str]]:
        """Yield what columns refer to that are compared with the caller's tenant, and its key."""
        for relation in self.catalog.relations:
            for key in relation.foreign_keys:
                target = self.catalog.relation(key.target)
                alone = len(key.columns) == 1 and target and key.target_columns == target.primary_key
                if alone and self.hints.callers.get((relation.name, key.columns[0])) is Who.TENANT:
                    yield key.target, key.target_columns[0]

    def _declared(self, relation: Relation) -> Ownership | None:
        for pattern, column in self.settings.owners.items():
            if not _named(relation, pattern):
                continue
            reference = next((key for key in relation.foreign_keys if key.columns == (column,)), None)
            why = f"{column} (declared)"
            if reference and reference.target not in self.people and reference.target not in self.roots:
                return Ownership(why=why, via=reference)
            tenant = bool(reference and reference.target in self.roots) or (
                bool(TENANT_WORD.search(column)) and not USER_WORD.search(column)
            )
            return Ownership(tenants=(column,), why=why) if tenant else Ownership(users=(column,), why=why)
        return None

    def _direct(self, relation: Relation) -> Ownership | None:
        users = self.user_columns[relation.name]
        tenants = tuple(
            column.name
            for column in relation.columns
            if column.name not in users and self._names_tenant(relation, column)
        )
        tenants = tuple(self._told(relation, tenants))
        json = tuple(document_keys(relation, self.hints.caller, self._tenants_type))
        if not users and not tenants and not json:
            return None
        personal = any(_named(relation, pattern) for pattern in self.settings.personal)
        addressed = frozenset(
            name for name in users if self.hints.callers.get((relation.name, name)) is Who.EMAIL
        )
        why = self._why(relation, users, tenants)
        callers = self.hints.callers
        domains = frozenset(n for n in tenants if callers.get((relation.name, n)) is Who.DOMAIN)
        return Ownership(
            users,
            tenants,
            why,
            json=json,
            personal=personal,
            addressed=addressed,
            domains=domains,
            signed=frozenset(name for name in users if is_signed(relation, name, callers)),
            appointed=frozenset(name for name in users if is_appointed(relation, name, callers)),
            paths=tuple(self._paths(relation, (*users, *tenants))),
        )

    def _paths(self, relation: Relation, keys: tuple[str, ...]) -> Iterator[tuple[str, str, str]]:
        """Yield those that begin with a key, with the mark after it and its type."""
        for name in keys:
            place = (relation.name, name)
            others = sorted(other for one, other in self.hints.pairs if one == place and other[0] != place[0])
            kinds = [c.type for other, key in others if (c := self._column(other, key))]
            if place in self.hints.leading or place in self.hints.callers:
                kinds += [*self._types_of_tenants, "text"]
            if (mark := self.hints.begun.get(place)) and kinds:
                yield name, mark, kinds[0]

    @cached_property
    def _types_of_tenants(self) -> list[str]:
        """Types of the columns that are compared with the caller's tenant as they are."""
        callers = self.hints.callers.items()
        named = sorted(place for place, who in callers if who is Who.TENANT and place not in self.hints.begun)
        return [column.type for place in named if (column := self._column(*place))]

    def _column(self, name: str, column: str) -> Column | None:
        relation = self.catalog.relation(name)
        return relation.column(column) if relation else None

    def _told(self, relation: Relation, tenants: tuple[str, ...]) -> Iterator[str]:
        """Yield those of the columns that name a tenant by more than their names, where one is asked for.

        Who rents a flat is a tenant as well, and the customer of whoever lets it.
        """
        asked = {name for name in tenants if self.hints.callers.get((relation.name, name))}
        referring = {name for key in relation.foreign_keys for name in key.columns}
        for name in tenants:
            if not asked or name in asked | referring or (relation.name, name) in self._membership_pairs:
                yield name

    def _names_tenant(self, relation: Relation, column: Column) -> bool:
        place = (relation.name, column.name)
        if place in self._tenant_keys:
            return True
        targets = [
            (key.target, key.target_columns[key.columns.index(column.name)])
            for key in relation.foreign_keys
            if column.name in key.columns
        ]
        if targets or not KEY_TYPES.match(column.type) or self.people.get(relation.name) == column.name:
            return any(self._is_tenants(*target) for target in targets if target[0] != relation.name)
        compared = (
            self.hints.callers.get(place) in {Who.TENANT, Who.DOMAIN}
            or self.hints.leading.get(place) is Who.TENANT
            or place in self._membership_pairs
        )
        named = bool(_TENANT_NAME.match(column.name)) and _may_be_key(column)
        named = named or (column.name, column.type) in self._names_of_tenants
        if (column.name,) != relation.primary_key:
            return compared or named
        # Beside a reference to a tenant its own key is none, though code may compare another's of that name.
        return compared and not any(
            key.target in self.roots and key.target != relation.name for key in relation.foreign_keys
        )

    def _is_tenants(self, name: str, column: str, depth: int = 5) -> bool:
        """Whether a column that is referred to names a tenant: the root's key, or what passes it on."""
        known = self.catalog.relation(name)
        if (name, column) in self.roots.items() or known is None or not depth:
            return (name, column) in self.roots.items()
        return any(
            self._is_tenants(key.target, key.target_columns[key.columns.index(column)], depth - 1)
            for key in known.foreign_keys
            if column in key.columns and key.target != name
        )

    @cached_property
    def _tenant_keys(self) -> set[tuple[str, str]]:
        return {(m.relation, m.tenant) for m in self.memberships} | set(self.roots.items())

    @cached_property
    def _membership_pairs(self) -> set[tuple[str, str]]:
        """Columns that are compared with the tenant of a membership or with the key of a tenant.

        What is compared with the key of its own row says nothing of it: somebody meant another row's.
        """
        keys = self._tenant_keys
        return {right for left, right in self.hints.pairs if left in keys and left[0] != right[0]}

    @cached_property
    def _names_of_tenants(self) -> set[tuple[str, str]]:
        """What tables of memberships call the tenant, with its type; it is called so elsewhere as well."""
        columns = ((m.tenant, self._column(m.relation, m.tenant)) for m in self.memberships)
        return {(name, column.type) for name, column in columns if column}

    @cached_property
    def _tenants_type(self) -> str:
        """The type of the keys by which tables of memberships name tenants."""
        types = sorted(type_ for _, type_ in self._names_of_tenants)
        return types[0] if len({*types}) == 1 else "text"

    def _why(self, relation: Relation, users: tuple[str, ...], tenants: tuple[str, ...]) -> str:
        said = []
        if users:
            said.append(self._why_column(relation, users[0]))
        if tenants:
            said.append(f"{tenants[0]} names the tenant")
        return ", ".join(said) or "a key of a JSON column is compared with the caller"

    def _why_column(self, relation: Relation, name: str) -> str:
        column = relation.column(name)
        for key in relation.foreign_keys:
            if name in key.columns and key.target in self.people:
                return f"{name} references {key.target}"
        if self.people.get(relation.name) == name:
            return f"{relation.table} has one row for each user ({name})"
        if column and "auth.uid()" in column.default:
            return f"{name} defaults to the caller"
        return f"{name} (name and type)" if USER_NAME.match(name) else f"{name} is compared with the caller"


def _is_rows_own(relation: Relation, column: Column, texts: Texts) -> bool:
    """Whether the server makes the key of each row: it is the row's own, whatever it is called.

    What a default makes of whoever calls is his own key, by a function too.
    """
    if (column.name,) != relation.primary_key or not column.is_made:
        return False
    said = (column.default, *(function.body for function in texts.called([column.default])))
    return not any(ASKING.search(plain(text)) for text in said)


def _may_be_key(column: Column) -> bool:
    return column.type in {"uuid", "bigint", "integer", "smallint"} or bool(_TEXT_KEY.search(column.name))


def _asks_request(relation: Relation, texts: Texts) -> bool:
    """Whether a policy may compare a column with what the application set, or with a tenant's claim."""
    for policy in relation.policies:
        said = plain(f"{policy.using} {policy.check}")
        bodies = (function.body for function in texts.called([said]))
        tenants = any(TENANT_WORD.search(claim.name) for claim in claims_in([said, *bodies]))
        if (tenants or READ.search(said)) and any(
            re.search(rf"(?<!\w){word(c.name)}(?!\w)", said) for c in relation.columns
        ):
            return True
    return False


def _declared(catalog: CatalogEvidence, patterns: Iterable[str]) -> frozenset[str]:
    """Return the relations that settings name."""
    return frozenset(r.name for r in catalog.relations if any(_named(r, pattern) for pattern in patterns))


def _named(relation: Relation, pattern: str) -> bool:
    plain = f"{relation.schema}.{relation.table}"
    return fnmatchcase(plain, pattern) or fnmatchcase(relation.name, pattern)
