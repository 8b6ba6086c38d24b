"""Who the rows of each relation belong to."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.catalog import ForeignKey


class Who(Enum):
    """Whom a value names."""

    USER = "user"
    EMAIL = "email"
    DOMAIN = "domain"
    TENANT = "tenant"


@dataclass(frozen=True, slots=True)
class Membership:
    """A table that says which user belongs to which tenant.

    Attributes:
        user: Its column that names the user.
        tenant: Its column that names the tenant.
        root: The table of tenants that it refers to; empty when it refers to none.
    """

    relation: str
    user: str
    tenant: str
    root: str


@dataclass(frozen=True, slots=True)
class Kinds:
    """References of rows that say by a word which relation they refer to.

    Attributes:
        column: That holds the word.
        ways: Each word, with the reference that it stands for.
    """

    column: str
    ways: tuple[tuple[str, ForeignKey], ...]


@dataclass(frozen=True, slots=True)
class DocumentKey:
    """Where a JSON document names an owner.

    Attributes:
        column: The document.
        name: Under which it does.
        who: Whom it names.
        type: Of the key.
        compared: Whether a policy compares it with the caller itself.
    """

    column: str
    name: str
    who: Who
    type: str = "text"
    compared: bool = False


@dataclass(frozen=True, slots=True)
class Ownership:
    """How the rows of a relation belong to somebody.

    Attributes:
        users: Columns that hold a user's key, the likeliest first.
        tenants: Columns that hold a tenant's key, the likeliest first.
        json: Keys of JSON columns that hold a user's or a tenant's key.
        via: The reference that leads to an owned relation, when no column does.
        kinds: The references of which one leads to an owned relation, where a word in each row says which.
        why: For people: what this was told from.
        personal: Whether settings declare that a row in a tenant is its user's alone.
        addressed: Those of the users that hold an e-mail address instead of a key.
        domains: Those of the tenants that hold the domain of its members' addresses instead of a key.
        signed: Those of the users that say who made the row, and give him rights to it.
        appointed: Those of the users that whoever owns what the row hangs on may choose.
        paths: Those of all that only begin with a key, each with the mark that ends it there, and
            with the type of the keys that it is compared with.
        within: The reference, by a text, to what a row lies in, and whose owners share it with its maker.
    """

    users: tuple[str, ...] = ()
    tenants: tuple[str, ...] = ()
    why: str = ""
    via: ForeignKey | None = None
    json: tuple[DocumentKey, ...] = ()
    personal: bool = False
    addressed: frozenset[str] = frozenset()
    domains: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()
    appointed: frozenset[str] = frozenset()
    paths: tuple[tuple[str, str, str], ...] = ()
    kinds: Kinds | None = None
    within: ForeignKey | None = None

    @property
    def reference(self) -> ForeignKey | None:
        """The reference by which a row belongs to whom its parent belongs, of several kinds the first."""
        return self.via or (self.kinds.ways[0][1] if self.kinds else None)

    @property
    def columns(self) -> tuple[str, ...]:
        """All columns that hold an owner's key."""
        return (*self.users, *self.tenants)

    @property
    def is_between_users(self) -> bool:
        """Whether rows lie between two users and in no tenant: a friendship, a match, a talk."""
        return len(self.users) > 1 and not self.tenants

    def key_type(self, column: str, own: str) -> str:
        """Return the type of the key in a column, which is its own but for what a path begins with."""
        return next((kind for name, _, kind in self.paths if name == column), own)


@dataclass(frozen=True, slots=True)
class Owners:
    """What is known of all relations; a relation in none of these has no owner that could be told.

    Attributes:
        owned: Relations whose rows belong to somebody.
        public: Relations that are declared readable by everybody.
        nobodys: Relations in which nothing could name a person.
        people: Relations with one row for each user, and the column that holds the user's key.
        roots: Relations with one row for each tenant, and the column that holds the tenant's key.
        memberships: Relations that say who belongs to which tenant.
        boxes: Relations that are declared to take rows from anybody for their owners.
    """

    owned: Mapping[str, Ownership] = field(default_factory=dict)
    public: frozenset[str] = frozenset()
    nobodys: frozenset[str] = frozenset()
    people: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[str, str] = field(default_factory=dict)
    memberships: tuple[Membership, ...] = ()
    boxes: frozenset[str] = frozenset()

    @property
    def identifying(self) -> frozenset[str]:
        """Relations whose rows say who somebody is, or in which tenant: no rows that people work with."""
        return frozenset({*self.people, *self.roots, *(one.relation for one in self.memberships)})
