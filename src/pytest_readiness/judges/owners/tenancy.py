"""Which tables hold tenants and memberships, told from their shape before their names."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.ownership import Membership, Who
from pytest_readiness.judges.owners.admitting import admitting
from pytest_readiness.judges.owners.alone import Alone, is_asked_by_all
from pytest_readiness.judges.owners.lookalikes import ROLE, describes, listed_words, may_be_rank
from pytest_readiness.judges.owners.numbered_ranks import numbered_ranks
from pytest_readiness.judges.owners.platform_ranks import platform_ranks
from pytest_readiness.judges.owners.presented import list_of, presented
from pytest_readiness.judges.owners.sole_ways import sole_ways
from pytest_readiness.judges.purpose.visibility import is_public, is_withdrawn
from pytest_readiness.judges.sql.lexis import last_name, names, plain, strings, word
from pytest_readiness.judges.sql.nouns import KEY_TYPES, MEMBERS, PERSONS, TENANT_WORD

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.judges.owners.admitting import Place
    from pytest_readiness.judges.owners.callers import Hints
    from pytest_readiness.judges.sql.texts import Texts
    from pytest_readiness.settings import Tenancy

ENOUGH = 3.0
"""Points that make a table one of memberships."""

_STATE = re.compile(r"stat(e|us)|phase|stage|kind|type|plan|lang|locale|currency|theme|source", re.IGNORECASE)
"""How columns are called whose words say when something is, or what, and not what somebody may."""

_HIGHEST = ("owner", "OWNER", "superadmin", "admin", "ADMIN", "administrator", "manager")


def memberships(
    catalog: CatalogEvidence,
    texts: Texts,
    hints: Hints,
    users: Mapping[str, tuple[str, ...]],
    declared: Tenancy | None,
) -> tuple[Membership, ...]:
    """Tell the tables of memberships.

    Args:
        catalog: The relations.
        texts: Of the same catalog.
        hints: Of the same catalog.
        users: By relation, the columns that hold a user's key.
        declared: What settings say, which comes first.
    """
    found = []
    admitted, named = admitting(catalog, texts, hints, users), presented(catalog, texts)
    sole = sole_ways(catalog, hints, users, admitted)
    admitted |= sole
    alone = Alone(catalog, texts, hints, users, sole)
    for relation in catalog.relations:
        if relation.kind not in TABLE_KINDS or relation.parent:
            continue
        if declared and declared.table in {relation.name, f"{relation.schema}.{relation.table}"}:
            found.append(
                Membership(
                    relation.name, declared.user, declared.tenant, _root(catalog, relation, declared.tenant)
                )
            )
            continue
        candidates = [
            (points, membership)
            for user in users.get(relation.name, ())[:1]
            for tenant, root in _tenant_columns(relation, user, users, texts, hints, alone)
            if (membership := Membership(relation.name, user, tenant, root))
            and (points := _points(relation, membership, texts, hints, admitted))
            and (points := points + _as_shown(catalog, membership, texts, users)) >= ENOUGH
        ]
        if candidates:
            found.append(max(candidates, key=lambda item: item[0])[1])
            continue
        by_header = (list_of(relation, user, named) for user in users.get(relation.name, ())[:1])
        found += [replace(one, root=_root(catalog, relation, one.tenant)) for one in by_header if one]
    return tuple(found)


@dataclass(frozen=True, slots=True)
class Ranks:
    """The column of a table of memberships that gives rank in a tenant.

    Attributes:
        column: Its name.
        highest: Whoever attacks has it in a tenant of his own: it must give him nothing in another.
        lowest: What plain members have; empty where it is what the column has unless somebody says more.
    """

    column: str
    highest: str
    lowest: str = ""


def ranks(catalog: CatalogEvidence, texts: Texts, found: tuple[Membership, ...]) -> dict[str, Ranks]:
    """Return by table of memberships the column that gives rank in a tenant, where code knows any."""
    chosen: dict[str, Ranks] = {}
    # Whoever has most to say is let in wherever others are, and beyond that.
    often = _often(texts)
    for membership in found:
        relation = catalog.relation(membership.relation)
        for column in relation.columns if relation else ():
            if relation and column.writable and (numbers := numbered_ranks(relation, column, texts.all())):
                plain_members = "" if column.default else numbers[1]
                chosen.setdefault(relation.name, Ranks(column.name, numbers[0], plain_members))
            if relation is None or not _gives_rank(relation, column) or not column.writable:
                continue
            known = _possible(relation, column, texts)
            known -= platform_ranks(texts, membership, known)
            highest = ("true",) if column.type == "boolean" else _HIGHEST
            said = known & asked_about(texts, relation) - {*strings(column.default)}
            asked = sorted(said, key=lambda value: (-often[value], value))
            best = next((rank for rank in (*highest, *asked) if rank in known or rank == "true"), None)
            if best:
                value = f"{{{best}}}" if column.type.endswith("[]") else best
                lowest = "" if column.default else _lowest(relation, column, texts, known - {best})
                chosen.setdefault(relation.name, Ranks(column.name, value, lowest))
    return chosen


def _gives_rank(relation: Relation, column: Column) -> bool:
    """Whether a column gives rank: it is called so, or has one of a few words of which none says when."""
    words = listed_words(relation, column)
    keys = relation.link_columns
    listed = len(words) > 1 and (column.is_text or column.kind == "e") and column.name not in keys
    stated = tells_state(column.name) or any(is_withdrawn(one, words) or is_public(one) for one in words)
    return bool(ROLE.match(column.name)) or (listed and not stated)


def tells_state(name: str) -> bool:
    """Whether a column of this name says when something is, or what, and not what somebody may."""
    return bool(_STATE.search(name))


def _lowest(relation: Relation, column: Column, texts: Texts, others: Collection[str]) -> str:
    """Return the value of a closed list that gives least: the one that code asks for least often.

    Among equals it is the last one, since lists begin with whoever has most to say.

    Args:
        relation: A table of memberships.
        column: That gives rank there.
        texts: Of all that decides.
        others: The values that may be meant.
    """
    if column.type == "boolean":
        return "false"
    asked = _often(texts)
    closed = [value for value in listed_words(relation, column) if value in others]
    ranked = [value for value in reversed(closed) if not is_withdrawn(value, closed)]
    return min(ranked, key=lambda value: asked[value], default="")


def _often(texts: Texts) -> Counter[str]:
    """Return how many texts say each string."""
    return Counter(value for text in texts.all() for value in set(strings(text)))


def rights(
    catalog: CatalogEvidence, texts: Texts, found: tuple[Membership, ...]
) -> dict[str, tuple[Column, ...]]:
    """Return by table of memberships the switches that give rights in a tenant beside any rank.

    Code asks for such a switch and never for its opposite, and it is off unless somebody turns it on. In
    a list with one row for each user it may be a right over all tenants.
    """
    chosen: dict[str, tuple[Column, ...]] = {}
    for membership in found:
        relation = catalog.relation(membership.relation)
        if relation is None or membership.user in relation.single_keys:
            continue
        said = [plain(text) for text in texts.all() if relation.table in text]
        chosen[relation.name] = tuple(
            column
            for column in relation.columns
            if column.type == "boolean" and column.writable and column.default in {"", "false"}
            if not is_withdrawn(column.name) and _only_asked_for(word(column.name), said)
        )
    return chosen


def _only_asked_for(name: str, said: list[str]) -> bool:
    """Whether texts ask for a switch, and none for its being off."""
    column = rf"(?:\w+\.)?{re.escape(name)}\b"
    denied = rf"{column}[\s)]*(?:(?:=|is)\s*false|is\s+not\s+true|<>\s*true)"
    off = rf"\bnot[\s(]+(?:coalesce\s*\(\s*)?{column}|{denied}"
    asked = [text for text in said if re.search(rf"\b{column}", text, re.IGNORECASE)]
    return bool(asked) and not any(re.search(off, text, re.IGNORECASE) for text in asked)


def _possible(relation: Relation, column: Column, texts: Texts) -> set[str]:
    """Return the values that a column may have: the labels of an enum, else what texts say near it."""
    closed = {*listed_words(relation, column)}
    return closed if column.kind == "e" else closed | {*texts.literals_about(relation.name, column.name)}


def asked_about(texts: Texts, relation: Relation) -> set[str]:
    """Return the strings of policies, views and functions that name a relation, or a function that does."""
    helpers = {last_name(f.name) for f in texts.catalog.functions if relation.table in f.body}
    said = (text for text in texts.all() if relation.table in text or helpers & names(text))
    return {word for text in said for word in strings(text)}


def _root(catalog: CatalogEvidence, relation: Relation, column: str, depth: int = 5) -> str:
    """Return the table that a column refers to, by itself or as a part of keys that lead there."""
    for key in relation.foreign_keys:
        if key.columns == (column,):
            return key.target
    for key in relation.foreign_keys:
        target = catalog.relation(key.target)
        if depth and column in key.columns and target and target is not relation:
            named = key.target_columns[key.columns.index(column)]
            further = _root(catalog, target, named, depth - 1)
            # The other columns of such a key only repeat what the row says that this one names.
            return further or (target.name if target.primary_key == (named,) else "")
    return ""


def _tenant_columns(
    relation: Relation,
    user: str,
    users: Mapping[str, tuple[str, ...]],
    texts: Texts,
    hints: Hints,
    alone: Alone,
) -> Iterator[tuple[str, str]]:
    """Yield columns that may name a tenant, with the relation that they refer to."""
    catalog = texts.catalog
    for column in relation.columns:
        if column.name == user or not KEY_TYPES.match(column.type):
            continue
        root = _root(catalog, relation, column.name)
        if not root and describes(relation, user, column, hints):
            continue
        if column.name in users.get(relation.name, ()) or root == relation.name:
            continue
        looked_up = (relation.name, column.name) in hints.looked_up and not ROLE.match(column.name)
        lists = looked_up or _pairs_members(relation, user, column)
        named = TENANT_WORD.search(column.name) or (lists and _is_elsewhere(catalog, relation, column, texts))
        named = named or (not root and alone.shows(relation, user, column))
        if _is_person(catalog, root, relation):
            continue
        if root or (named and (column.name,) != relation.primary_key):
            yield column.name, root


def _is_person(catalog: CatalogEvidence, root: str, listing: Relation) -> bool:
    """Whether what a list of users refers to is somebody who is one of them: the employee of an account."""
    relation = catalog.relation(root)
    return (
        relation is not None
        and bool(PERSONS.search(relation.table))
        and any(key.target == listing.name for key in relation.foreign_keys)
    )


def _pairs_members(relation: Relation, user: str, column: Column) -> bool:
    """Whether a list of members, as it is called, has each pair of a user and this once."""
    together = [set(columns) for columns in relation.unique]
    return bool(MEMBERS.search(relation.table)) and {user, column.name} in together


def _is_elsewhere(catalog: CatalogEvidence, relation: Relation, column: Column, texts: Texts) -> bool:
    """Whether this is asked about rows of others that have the same column, whatever it is called."""
    return any(
        other.kind in TABLE_KINDS
        and other is not relation
        and (found := other.column(column.name)) is not None
        and found.type == column.type
        and relation.name in texts.depends_on(other.name)
        for other in catalog.relations
    )


def _as_shown(
    catalog: CatalogEvidence, found: Membership, texts: Texts, users: Mapping[str, tuple[str, ...]]
) -> float:
    """Return the points of a list that alone says who sees what it refers to, which names no user itself."""
    listing, root = catalog.relation(found.relation), catalog.relation(found.root)
    if listing is None or root is None or users.get(root.name):
        return 0.0
    if found.user in listing.single_keys:
        return 0.0  # where somebody is at home says a profile, and no list
    return 1.0 if is_asked_by_all(texts, root, listing) else 0.0


def _points(
    relation: Relation,
    found: Membership,
    texts: Texts,
    hints: Hints,
    admitted: frozenset[tuple[Place, Place]],
) -> float:
    user, tenant, root = found.user, found.tenant, found.root
    # Who may be several things in a tenant has a row for each: what he is there is a word of a closed list.
    words = {column.name for column in relation.columns if listed_words(relation, column)}
    together = [set(columns) - words for columns in relation.unique]
    # A key of several columns names the tenant as a whole: a branch of a bank, a class of a school.
    wholes = [
        {user, tenant},
        *({user, *key.columns} for key in relation.foreign_keys if tenant in key.columns),
    ]
    shape = 2.0 if MEMBERS.search(relation.table) else 0.0
    shape += 1.0 if any(may_be_rank(relation, column, texts) for column in relation.columns) else 0.0
    shape += 1.0 if {user} in together or any(whole in together for whole in wholes) else 0.0
    if not shape:
        return 0.0
    points = 2.0 if TENANT_WORD.search(last_name(root) if root else tenant) else 0.0
    points += 3.0 if (relation.name, tenant) in hints.looked_up else 0.0
    place = (relation.name, tenant)
    lets_in = [right for left, right in admitted if left == place and right[0] != root]
    consulted = relation.name in texts.consulted or bool(lets_in)
    points += 1.5 if consulted else 0.0
    points += 1.0 if consulted and place in hints.asked else 0.0
    # A join to the very table that is referred to says nothing of who belongs where.
    others = [right for left, right in hints.pairs if left == place]
    points += 1.0 if any(name != root for name, _ in (*others, *lets_in)) else 0.0
    if not points:
        return 0.0  # whatever links a user to something has this shape: likes, purchases, achievements
    points += shape
    content = [
        c for c in relation.columns if c.type in {"text", "jsonb", "numeric"} and not ROLE.match(c.name)
    ]
    points -= 1.0 if len(content) > 1 and {user} not in together else 0.0
    points -= 3.0 if hints.callers.get((relation.name, tenant)) is Who.USER else 0.0
    return points
