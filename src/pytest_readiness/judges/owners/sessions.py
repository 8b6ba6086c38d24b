"""How an application that declares nothing probably becomes a tenant: told from its policies and grants."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.grantees import (
    IS_LOGIN,
    SETTING,
    likeliest,
    ruled_otherwise,
    unasked_of,
    widest,
)
from pytest_readiness.judges.owners.modes import is_mode
from pytest_readiness.judges.sql.nouns import TENANT_WORD, USER_NAME, USER_WORD
from pytest_readiness.judges.sql.requests import claims_in
from pytest_readiness.settings import AS_LOGIN, Session

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from pytest_readiness.judges.owners.grantees import Grantee
    from pytest_readiness.judges.sql.requests import Claim

_NOTED = re.compile(r"\bset_config\s*\(\s*'(\w+(?:\.\w+)+)'", re.IGNORECASE)
"""What is set by what policies call: it was found out there, and is nothing that an application says."""

_LOOKUP = re.compile(
    r"\bselect\s+(?:\w+\.)?(?P<what>\w+)\s+(?:into\s+\w+\s+)?from\s+[\w.\"]+(?:\s+(?:as\s+)?\w+)?\s+"
    r"where\s+\(*(?:\w+\.)?(?P<by>\w+)\)*(?:::\w+)?\s*=\s*\(*(?:nullif\s*\(\s*)?(?:pg_catalog\.)?"
    r"current_setting\s*\(\s*'(?P<setting>[\w.]+)'",
    re.IGNORECASE,
)
"""What is looked up in the row that a setting names."""

_COMPARED = re.compile(
    r"=\s*\(*(?:select\s+)?\(*(?:nullif\s*\(\s*)?(?:pg_catalog\.)?"
    r"current_setting\s*\(\s*'(?P<setting>[\w.]+)'",
    re.IGNORECASE,
)
_APART = re.compile(r"\b(?:or|where|union|on)\b|;", re.IGNORECASE)
"""What stands between conditions that need not hold together."""

_KEYED = re.compile(r"_(?:id|uuid|key|no|nr|num|number)$", re.IGNORECASE)
"""Settings that hold the key of a row."""

_CLAIMS = re.compile(r"claim|jwt|header|cookie|\brequest$", re.IGNORECASE)
"""Settings that hold a document and no key."""

_DOCUMENT = re.compile(r"claims$", re.IGNORECASE)
"""Those of them that say who acts."""

_FORMAL = frozenset({"role", "aud", "exp", "iat", "iss"})
"""Claims that say nothing of who somebody is."""

_RANK = re.compile(r"role|admin|staff|super|bypass|perm|scope|plan|tier|level|debug|mode", re.IGNORECASE)
_CONSTANT = r"(?:(?!current_setting|\band\b|\bor\b)[^;]){0,60}?(?:::\s*bool|=\s*\(*'|\bin\s*\()"
"""What follows a setting that is true or false, or one of some words."""

_MEMBER = re.compile(
    r"^(staff|employee|member|clerk|worker|colleague)s?(_?(id|no|nr|num|number|name|login|key|code))?$",
    re.IGNORECASE,
)
"""Settings that name one of the people of a tenant, unless they say that somebody is one."""

_SOME_ROLE = "app_user"
_SOME_SETTING = "app.user_id"


@dataclass(frozen=True, slots=True)
class Beside:
    """A role that the application uses too, and that nobody acts as.

    Attributes:
        held: What it may and the role that is acted as may not, or may by other policies.
        lines: Of settings, by which it would be acted as.
        asked: Settings that its policies ask and the session does not make: nothing of its was tried.
    """

    role: str
    held: frozenset[tuple[str, str]]
    lines: str
    asked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Guess:
    """A likely session.

    Attributes:
        session: None where more than one is likely, or none.
        lines: Of settings, for somebody to paste and complete.
        why: What it was told from, or what is missing.
        beside: Where the application uses several roles, all but that of the session.
    """

    session: Session | None
    lines: str
    why: str
    beside: tuple[Beside, ...] = ()


def guess(texts: Sequence[str], grantees: Sequence[Grantee]) -> Guess:
    """Tell how a session becomes somebody's.

    Where an application uses several roles it is the one that may do most, of those whose policies ask who
    acts; what the others may beside it, nobody tries.

    Args:
        texts: Policies, and functions that they may call.
        grantees: Roles that hold privileges on tables with policies.
    """
    if any(map(IS_LOGIN.search, texts)):
        return _of_one(texts, grantees)
    unasked = unasked_of(grantees)
    asked = [one for one in grantees if one.name not in unasked]
    if not {*likeliest(grantees)} - unasked:
        return replace(_of_one(texts, grantees), session=None) if unasked else _of_one(texts, grantees)
    found = _of_one(texts, asked)
    most = None if found.session else widest(asked)
    alone = _of_one(most.said, [most]) if most else found
    if alone.session is None or alone.session.logins:
        return found
    return _with_others(alone, grantees, unasked, most)


def _with_others(
    alone: Guess, grantees: Sequence[Grantee], unasked: Collection[str], most: Grantee | None
) -> Guess:
    """Return a guess with all roles beside the one that acts, and why it is the one."""
    acting = next(one for one in grantees if alone.session and one.name == alone.session.role)
    # Who is above all policies is told where roles are judged, unless it is by a policy of its own.
    others = [one for one in grantees if one != acting and not one.owns and (one.named or not one.above)]
    less = [one.name for one in others if one.name not in unasked]
    why = f"{alone.why}, more than {', '.join(less)}, as whom nobody acts" if most else alone.why
    if unasked:
        why += f"; policies for {', '.join(sorted(unasked))} ask less, and nobody acts so"
    beside = [_beside(one, acting) for one in others]
    return replace(alone, why=why, beside=tuple(one for one in beside if one.held or one.asked))


def _beside(other: Grantee, acting: Grantee) -> Beside:
    known = _settings(acting.said)
    asked = tuple(name for name in _settings(other.said) if name not in known)
    held = (other.held - acting.held) | ruled_otherwise(other, acting)
    return Beside(other.name, held, _of_one(other.said, [other]).lines, asked)


def _settings(texts: Sequence[str]) -> list[str]:
    """Return the settings that texts ask, but for ranks, modes and what they note themselves."""
    asked = sorted({name for text in texts for name in SETTING.findall(text)})
    names = [name for name in asked if not _is_rank(name, texts)]
    names = [name for name in names if _CLAIMS.search(name) or not is_mode(name, texts)]
    noted = {name for text in texts for name in _NOTED.findall(text)}
    return [name for name in names if name not in noted] or names


def _of_one(texts: Sequence[str], grantees: Sequence[Grantee]) -> Guess:
    """Tell how a session becomes somebody's where the application uses one role."""
    names = _settings(texts)
    stands = stand_for(names, texts)
    if not names and (groups := _groups(texts, grantees)):
        return _of_logins(groups, [one.name for one in grantees if one.group])
    preset = [one.name for one in grantees if one.group and names and {*names} <= {*one.presets}]
    roles = preset if len(preset) == 1 else likeliest(grantees)
    values = {name: f"%({whom or 'user'})s" for name, whom in stands.items()}
    for name in filter(_DOCUMENT.search, names):
        if said := _claims(texts):
            stands[name], values[name] = "claims", _document(said)
    certain = len(roles) == 1 and bool(names) and all(stands.values())
    become = _become(values or {_SOME_SETTING: "%(user)s"})
    why = _why(roles, names, stands)
    if preset and roles == preset:
        become = f"{AS_LOGIN}; {become}"
        why += ", whose members log in as roles with values of their own, and may set others"
    session = Session(roles[0] if roles else _SOME_ROLE, become)
    return Guess(session if certain else None, lines_of(session), why)


def _groups(texts: Sequence[str], grantees: Sequence[Grantee]) -> list[str]:
    """Return the roles whose members are told apart by the names that they log in under."""
    if not any(map(IS_LOGIN.search, texts)):
        return []
    groups = [one for one in grantees if one.group and one.asked and not (one.owns or one.unbound)]
    asking = {one.name: {table for table, text in one.asked if IS_LOGIN.search(text)} for one in groups}
    likely = [one for one in groups if asking[one.name]] or [one for one in groups if not one.above]
    # Whoever reads all of what others read of their own is staff, and keeps something of their own beside.
    open_ = {one.name: {table for table, text in one.asked if {*text.split()} == {"true"}} for one in likely}
    own = {one.name: set().union(*(asking[other.name] for other in likely if other != one)) for one in likely}
    likely = [one for one in likely if not open_[one.name] & own[one.name]] or likely
    likely = likely or _logins(grantees)
    return [one.name for one in [one for one in likely if one.named] or likely]


def _logins(grantees: Sequence[Grantee]) -> list[Grantee]:
    """Return a login that columns name, where no group is, and all logins that there are may the same.

    Whoever is a member of it may what it may, and goes by a name of one's own.
    """
    own = [
        one
        for one in grantees
        if not (one.group or one.owns or one.above) and any(IS_LOGIN.search(text) for _, text in one.asked)
    ]
    return own[:1] if len({(one.held, one.rules) for one in own}) == 1 else []


def _of_logins(groups: Sequence[str], known: Collection[str]) -> Guess:
    """Return how users become themselves who have a role each, as a member of one of these or as they are."""
    session = Session(groups[0], AS_LOGIN)
    told = f"policies compare columns with the role that somebody logged in as, and {groups[0]} is"
    if len(groups) == 1:
        which = "the group of those" if groups[0] in known else "one of those"
        return Guess(session, lines_of(session), f"{told} {which}")
    return Guess(None, lines_of(session), f"{told} one of several groups of those: {', '.join(groups)}")


def lines_of(session: Session) -> str:
    """Return a session as lines of settings."""
    return f'[isolation.session]\nrole = "{session.role}"\nbecome = "{session.become}"'


def stand_for(names: Iterable[str], texts: Iterable[str]) -> dict[str, str]:
    """Return what each setting holds: ``user``, ``tenant``, or nothing that can be told.

    One alone whose name says nothing holds the key of whoever acts: a parish, a folio, a session. Whether
    that is one person or several makes no difference to who must not meet the rows of another; but by a
    row that it finds, something else is looked up, and that is the tenant. Beside a tenant, the one key that
    is left is that of whoever acts there; beside what says nothing, a driver or a patient is who acts.
    """
    stands = {name: _stands_for(name) for name in names}
    looking = [found for text in texts for found in _LOOKUP.finditer(text)]
    for found in looking:
        if not stands.get(found["setting"], "known") and found["what"] != found["by"]:
            stands[found["setting"]] = "user"
    stands |= dict.fromkeys(_within(stands, texts), "user")
    unclear = [name for name, whom in stands.items() if not whom and not _CLAIMS.search(name)]
    acting = [name for name in unclear if USER_NAME.match(name.rpartition(".")[2])]
    if len(unclear) > len(acting) == 1 and "user" not in stands.values():
        stands[acting[0]] = "user"
        unclear.remove(acting[0])
    if len(unclear) == 1 and "tenant" not in stands.values():
        stands[unclear[0]] = "tenant"
    elif len(unclear) == 1 and "user" not in stands.values() and _KEYED.search(unclear[0]):
        stands[unclear[0]] = "user"
    return stands


def _within(stands: Mapping[str, str], texts: Iterable[str]) -> frozenset[str]:
    """Return the settings that name one of what a tenant has: rows are looked up by both together."""
    unclear = {name for name, whom in stands.items() if not whom and _KEYED.search(name)}
    tenants = {name for name, whom in stands.items() if whom == "tenant"}
    asked = (
        {one["setting"] for one in _COMPARED.finditer(part)}
        for text in (texts if unclear and tenants else ())
        for part in _APART.split(text)
    )
    return frozenset(name for names in asked if names & tenants for name in names & unclear)


def _stands_for(setting: str) -> str:
    """Return what a setting holds by its name: ``user``, ``tenant``, or nothing that can be told."""
    last = setting.rpartition(".")[2]
    if USER_WORD.search(last) or _MEMBER.match(last):
        return "user"
    return "tenant" if TENANT_WORD.search(last) else ""


def _is_rank(setting: str, texts: Iterable[str]) -> bool:
    """Whether a setting says what somebody is and not who: also by what it is compared with."""
    if not _RANK.search(setting):
        return False
    said = re.compile(rf"'{re.escape(setting)}'{_CONSTANT}", re.IGNORECASE)
    constant = any(map(said.search, texts))
    return constant or not _MEMBER.match(setting.rpartition(".")[2])


def _become(values: dict[str, str]) -> str:
    calls = (f"set_config('{name}', {value}, true)" for name, value in values.items())
    return f"select {', '.join(calls)}"


def _claims(texts: Sequence[str]) -> dict[Claim, str]:
    """Return whom each claim that texts read names; nothing where one of them cannot be told."""
    read = [one for one in claims_in(texts) if one.name not in _FORMAL and not _RANK.search(one.name)]
    found = {one: _stands_for(one.name) for one in read}
    return found if all(found.values()) else {}


def _document(claims: dict[Claim, str]) -> str:
    """Return the SQL of a document that holds these claims; whoever has no tenant has none of its claims."""
    parts: dict[str, list[str]] = {}
    for claim, whom in claims.items():
        key = "%(user)s" if whom == "user" else f"nullif(%({whom})s, '')"
        value = f"json_build_array({key})" if claim.listed else key
        parts.setdefault(claim.within, []).append(f"'{claim.name}', {value}")
    outer = parts.pop("", [])
    outer += [f"'{within}', json_build_object({', '.join(inner)})" for within, inner in parts.items()]
    return f"json_build_object({', '.join(outer)})::text"


def _why(roles: list[str], names: list[str], stands: dict[str, str]) -> str:
    if not names:
        return "no policy asks a setting that could name a user or tenant"
    unclear = [name for name in names if not stands[name]]
    if unclear:
        return f"nothing tells whether {', '.join(unclear)} names a user or a tenant"
    if len(roles) != 1:
        return f"policies ask {', '.join(names)}, and {_several(roles)}"
    return f"policies ask {', '.join(names)}, and {roles[0]} holds the privileges"


def _several(roles: list[str]) -> str:
    if roles:
        return f"{', '.join(roles)} all hold privileges"
    return "no role but the owner holds privileges, whom policies that are not forced do not bind"
