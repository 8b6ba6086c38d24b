"""Which of the roles that hold privileges an application probably runs its queries as."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

SETTING = re.compile(r"\bcurrent_setting\s*\(\s*'(\w+(?:\.\w+)+)'", re.IGNORECASE)
_LOGIN = r"\(*(?:current_user|session_user)\b"
IS_LOGIN = re.compile(
    rf"(?<![\w.:'])(?:\w+\.){{0,2}}[a-z_]\w*\)*(?:::\w+)?\s*=\s*\(*(?:select\s+)?{_LOGIN}"
    rf"|{_LOGIN}\)*(?:::\w+)?\)*\s*=\s*\(*(?:\w+\.){{0,2}}[a-z_]\w*(?![\w(.'])",
    re.IGNORECASE,
)
"""What compares a column with the role that somebody logged in as; that with one role is of no column."""

_OF_ROLES = re.compile(r"\b(?:current_user|session_user|current_role|pg_has_role)\b", re.IGNORECASE)
_ASKS = re.compile(rf"\bcurrent_setting\b|{_OF_ROLES.pattern}", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Rule:
    """What a policy says of one verb on a table.

    Attributes:
        said: Its conditions, as the server prints them.
        called: What functions that these call ask of the session, and policies of other tables that they
            look into.
    """

    table: str
    verb: str
    said: str
    permissive: bool = True
    called: str = ""

    @property
    def asks(self) -> bool:
        """Whether it asks anything of the session."""
        return bool(_ASKS.search(f"{self.said} {self.called}"))

    @property
    def of_roles(self) -> bool:
        """Whether it says something else to each role."""
        return bool(_OF_ROLES.search(f"{self.said} {self.called}"))


@dataclass(frozen=True, slots=True)
class Grantee:
    """A role that holds privileges on tables with row-level security.

    Attributes:
        named: Whether a policy is for this role by its name.
        above: Whether it is a superuser or has BYPASSRLS, or a policy for it shows all rows of a table.
        owns: Whether it owns tables, where their policies bind it or were meant to.
        writes: Whether it may read and change rows of them; who reports or looks in only reads.
        group: Whether others are members of it: nobody can log in as it, or logins are.
        asked: Policies that are for it by its name, or for everybody, on what it may use: the table of each,
            and what it asks.
        presets: Settings of which logins that are members of it have values each of their own.
        said: Policies that are for it, for a group that it is in, or for everybody, with the functions that
            they call.
        held: What it may: a table with policies and SELECT, INSERT, UPDATE or DELETE; a function with its
            owner's rights and CALL.
        rules: What the same policies say of each verb.
        unbound: Whether no policy binds it: it is a superuser or has BYPASSRLS.
    """

    name: str
    named: bool = False
    above: bool = False
    owns: bool = False
    writes: bool = False
    group: bool = False
    asked: tuple[tuple[str, str], ...] = ()
    presets: tuple[str, ...] = ()
    said: tuple[str, ...] = ()
    held: frozenset[tuple[str, str]] = frozenset()
    rules: frozenset[Rule] = frozenset()
    unbound: bool = False

    def using(self, table: str, verb: str, *, permissive: bool = True) -> frozenset[Rule]:
        """Return what policies say to it of a verb that it may use."""
        if (table, verb) not in self.held:
            return frozenset()
        return frozenset(
            rule
            for rule in self.rules
            if (rule.table, rule.verb, rule.permissive) == (table, verb, permissive)
        )


def likeliest(grantees: Sequence[Grantee]) -> list[str]:
    """Return the roles that an application would run its queries as; the owner only if nobody else may."""
    bound = [one for one in grantees if not one.above and not one.owns]
    named = [one for one in bound if one.named]
    above = [one for one in grantees if one.above and not one.owns]
    owners = [one for one in grantees if one.owns and not one.above]
    meant = [one for one in owners if one.named]
    likely = named or bound or meant or above or owners
    return [one.name for one in [one for one in likely if one.writes] or likely]


def widest(grantees: Sequence[Grantee]) -> Grantee | None:
    """Return the one that may do more than each other that an application would run its queries as."""
    names = likeliest(grantees)
    ranked = sorted((one for one in grantees if one.name in names), key=lambda one: -len(one.held))
    return ranked[0] if len(ranked) > 1 and len(ranked[0].held) > len(ranked[1].held) else None


def unasked_of(grantees: Sequence[Grantee]) -> frozenset[str]:
    """Return the likely roles that reach rows by policies that ask nothing, where those for another ask.

    Such a role is staff's, whatever else it may.
    """
    names = likeliest(grantees)
    likely = [one for one in grantees if one.name in names]
    return frozenset(
        one.name for one in likely if any(_is_asked_less(one, other) for other in likely if other != one)
    )


def _is_asked_less(one: Grantee, other: Grantee) -> bool:
    for table, verb in one.held:
        if verb not in ("SELECT", "UPDATE", "DELETE"):
            continue
        theirs = other.using(table, verb)
        held_back = any(rule.asks for rule in one.using(table, verb, permissive=False))
        freely = [rule for rule in one.using(table, verb) - theirs if not rule.asks and rule.said != "false"]
        if freely and not held_back and any(rule.asks for rule in theirs):
            return True
    return False


def ruled_otherwise(other: Grantee, acting: Grantee) -> frozenset[tuple[str, str]]:
    """Return what a role may by policies that the acting one has not, or without one that holds that back."""
    found = set()
    for table, verb in other.held:
        more = other.using(table, verb)
        of_roles = any(rule.of_roles for rule in more)
        less = acting.using(table, verb, permissive=False) - other.using(table, verb, permissive=False)
        if of_roles or more - acting.using(table, verb) or (more and less):
            found.add((table, verb))
    return frozenset(found)
