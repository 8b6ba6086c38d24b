"""What changes are computed from, and what a change is."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.accessors import inlined
from pytest_readiness.judges.sql.texts import texts_of

_ONE_COLUMN = re.compile(r'^(\w+|"(?:[^"]|"")+")\s*(?:=|in\b)', re.IGNORECASE)
_OR = re.compile(r"\bor\b", re.IGNORECASE)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation, Role
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.judges.sql.texts import Texts
    from pytest_readiness.settings import Session


@dataclass(frozen=True, slots=True)
class Change:
    """Statements that may mend a finding.

    Attributes:
        statements: SQL, without semicolons.
        what: What they do, for people: the rest of a sentence that starts with "it".
        weight: How much they change; the lightest is tried first.
        gives_up: Functions, by signature, that no client may call afterwards.
        cluster: Whether they change roles, which all databases of a server share.
    """

    statements: tuple[str, ...]
    what: str
    weight: int
    gives_up: frozenset[str] = frozenset()
    cluster: bool = False

    @property
    def sql(self) -> str:
        """The statements as a file holds them."""
        return "".join(f"{statement};\n" for statement in self.statements)


@dataclass(frozen=True)
class System:
    """All that is known of the target when changes to it are computed.

    Attributes:
        users: The platform's table of users; empty when it has none.
        owner: The role that migrations run as.
        service: The backend's own role; empty when the platform has none.
        session: How the application becomes a user, outside Supabase.
        called: Functions, by signature, that clients are meant to call, and what tells so.
    """

    catalog: CatalogEvidence
    owners: Owners
    users: str
    owner: str
    service: str
    session: Session | None
    called: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def texts(self) -> Texts:
        """The target's SQL, indexed."""
        return texts_of(inlined(self.catalog))

    @cached_property
    def sayings(self) -> Mapping[str, Mapping[str, frozenset[str]]]:
        """What permissive policies ask of one column and nothing else, by column, with their relations."""
        found: dict[str, dict[str, set[str]]] = {}
        for relation in self.catalog.relations:
            for policy in relation.policies:
                said = unwrapped(policy.using or policy.check)
                start = _ONE_COLUMN.match(said)
                if policy.permissive and start and not _OR.search(said):
                    found.setdefault(start[1], {}).setdefault(said, set()).add(relation.name)
        return {
            column: {text: frozenset(names) for text, names in said.items()} for column, said in found.items()
        }

    @property
    def clients(self) -> tuple[str, ...]:
        """Roles that an end user's request runs as."""
        return self.catalog.clients

    @property
    def signed_in(self) -> tuple[str, ...]:
        """Those of them that a user with an identity has."""
        return tuple(name for name in self.clients if name != "anon") or self.clients

    def role(self, name: str) -> Role | None:
        """Return the role of this name."""
        return next((role for role in self.catalog.roles if role.name == name), None)

    def held(self, relation: Relation, privilege: str) -> tuple[str, ...]:
        """Return the client roles that hold a privilege on a relation or on columns of it."""
        return tuple(
            role
            for role in self.clients
            if (held := relation.privileges.get(role))
            and (getattr(held, privilege, None) or privilege in held.others)
        )


def unwrapped(text: str) -> str:
    """Take off the parentheses that the server puts around a whole expression."""
    while text.startswith("(") and text.endswith(")") and _closes_at_end(text):
        text = text[1:-1].strip()
    return text if "'" in text else " ".join(text.split())


def _closes_at_end(text: str) -> bool:
    depth = 0
    for place, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if not depth:
            return place == len(text) - 1
    return False
