"""What staff writes down for all to read: deadlines, kinds, fares. It notes who did, and has no owner."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.makers import RECORDER_NAME
from pytest_readiness.judges.purpose.catalogues import asks_of_sign_in, asks_to_sign_in, is_open, names_person
from pytest_readiness.judges.purpose.publication import is_sensitive, says_everybody
from pytest_readiness.judges.purpose.sentences import is_of_few
from pytest_readiness.judges.purpose.visibility import publishes
from pytest_readiness.judges.sql.conditions import alternatives
from pytest_readiness.judges.sql.lexis import names, plain, snake_case, underscored, word

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import CatalogEvidence, Policy, Relation
    from pytest_readiness.evidence.ownership import Owners

_DEPTH = 3
_ALL = re.compile(
    r"(^|[\W_])(alle|jeder(mann)?|todos|todas|tous|toutes|tutti|tutte|iedereen|cualquiera|qualquer)([\W_]|$)",
    re.IGNORECASE,
)
"""What a policy is called by which all read, in other languages than that of the platform."""

_HABIT = re.compile(r"(^|[\W_])all([\W_]|$)", re.IGNORECASE)
"""The same in that of the platform, whose templates say it too: it says nothing of who did not sign in."""

_FEW = re.compile(
    r"(^|[\W_])(admins?|administrator\w*|staff|managers?|moderators?|editors?|owners?|own|eigene?\w*|propi[oa]s?|leitung)([\W_]|$)",
    re.IGNORECASE,
)
_ON = re.compile(r"\s*=\s*true$", re.IGNORECASE)
_KNOWN = re.compile(r"authenti|signed|logged|angemeldet|iniciad|conect", re.IGNORECASE)
_SAYING = re.compile(
    r"(^|_)(notes?|messages?|amount|location|lat|latitude|lng|longitude)(_|$)", re.IGNORECASE
)
"""What is kept from most where it is somebody's: of what staff says to all it is a part."""

_AUTHOR = re.compile(r"(^|_)(author|creator)(_|$)")


def posted(catalog: CatalogEvidence, relation: Relation, owners: Owners, roles: Collection[str]) -> str:
    """Return the policy that shows all of a relation to all, and says so; empty if staff does not write it.

    Its rows name nobody but who wrote them down, and hang on nothing that is somebody's. What lets clients
    write asks nothing of that one, and lets rows in by what it asks of those that are changed: whether any
    user may is seen where he tries.

    Args:
        catalog: With what rows hang on.
        relation: Of which others read rows.
        owners: Of all relations.
        roles: Of all clients.
    """
    if is_of_few(relation.table) or not _is_of_staff(catalog, relation, owners):
        return ""
    shown = {name for role in roles if role in relation.readable for name in relation.readable[role]}
    if names_person(relation.table) or any(map(_is_kept, shown)):
        return ""
    shows = [p for p in relation.shown_by if p.permissive and p.command == "SELECT"]
    return next((p.name for p in shows if _is_for_all(p)), "")


def _is_of_staff(catalog: CatalogEvidence, relation: Relation, owners: Owners, depth: int = _DEPTH) -> bool:
    """Whether rows name who wrote them alone, as do those that they hang on, and no policy asks for him."""
    owned = owners.owned.get(relation.name)
    if owned is None or not owned.users or owned.tenants or owned.json or owned.addressed or owned.personal:
        return False
    noted = all(_AUTHOR.search(snake_case(name)) or RECORDER_NAME.search(name) for name in owned.users)
    above = {key.target for key in relation.foreign_keys if not {*key.columns} & {*owned.users}}
    others = [one for name in above & owners.owned.keys() if (one := catalog.relation(name))]
    return (
        noted
        and _is_by_rank(relation, owned.users)
        and all(depth and _is_of_staff(catalog, one, owners, depth - 1) for one in others)
    )


def _is_by_rank(relation: Relation, authors: Collection[str]) -> bool:
    """Whether clients write by the same conditions, whatever they do, and none asks who wrote a row."""
    written = [p for p in relation.policies if p.permissive and p.command != "SELECT"]
    made = {p.check or p.using for p in written if p.command in {"INSERT", "ALL"}}
    changed = {p.using for p in written if p.command in {"UPDATE", "DELETE", "ALL"}}
    asked = [f"{p.using} {p.check}" for p in written]
    apart = all(names(text).isdisjoint(authors) for text in asked)
    return relation.rls and bool(made) and made <= changed and apart


def _is_kept(name: str) -> bool:
    spelt = underscored(name)
    return names_person(name) or (is_sensitive(name) and not _SAYING.search(spelt))


def _is_for_all(policy: Policy) -> bool:
    """Whether a policy asks for nothing of a row, and says so; who means all that signed in asks for that."""
    if _is_open_by_choice(policy):
        return True
    if _FEW.search(policy.name):
        return False
    said = bool(says_everybody(policy.name) or _ALL.search(policy.name))
    if asks_to_sign_in(policy) or {*policy.roles} == {"authenticated"}:
        known = said or bool(_HABIT.search(policy.name))
        return known and (asks_to_sign_in(policy) or is_open(policy))
    return said and is_open(policy) and not _KNOWN.search(policy.name)


def _is_open_by_choice(policy: Policy) -> bool:
    """Whether a switch says of each row if those see it who did not sign in, as all do who did."""
    ways = [*alternatives(policy.using)]
    known = [way for way in ways if asks_of_sign_in(way)]
    switches = [_ON.sub("", way) for way in ways if way not in known]
    return bool(known and switches) and all(one.isidentifier() and publishes(one) for one in switches)


def makes(body: str, table: str) -> bool:
    """Whether a function puts rows into a table of this name."""
    into = rf"\b(insert|merge)\s+into\s+(only\s+)?(\w+\.)?{word(table)}(?!\w)"
    return bool(re.search(into, plain(body), re.IGNORECASE))
