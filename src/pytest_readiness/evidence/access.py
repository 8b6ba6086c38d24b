"""What each actor could read of rows that belong to somebody else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Read:
    """One attempt to read a relation.

    Attributes:
        actor: Who read, as a person would say it.
        own: How many of the actor's own rows came back.
        foreign: How many rows of another owner came back.
        victim: The owner of those; empty when there are none.
        canary: A value of the victim that came back; empty when none is recognisable.
        sqlstate: Of a refusal or an error; empty when the statement succeeded.
        message: Of the server, with that SQLSTATE.
        unowned: How many rows came back that name no owner.
        sql: What a person pastes to see it again.
        returned: How many rows came back in all.
        invented: Whether the error is over a value that was made up for the actor, so that it proves nothing.
        kept: Whether what was read is kept from the actor where it belongs: no switch publishes it.
        confidential: The secret of the platform's that came back, in nobody's row; empty if none did.
        cause: The code that let it through, where that is not what guards the relation; else empty.
        by: What that code does, for people.
        mend: What mends it.
    """

    actor: str
    own: int
    foreign: int
    victim: str = ""
    canary: str = ""
    sqlstate: str = ""
    message: str = ""
    sql: str = ""
    unowned: int = 0
    returned: int = 0
    invented: bool = False
    kept: bool = False
    confidential: str = ""
    cause: str = ""
    by: str = ""
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Exposure:
    """What somebody who did not sign in read of private people.

    Attributes:
        actor: Who read, as a person would say it.
        columns: That hold what nobody publishes, for people.
        sql: What a person pastes to see it again.
    """

    actor: str
    columns: str
    sql: str


@dataclass(frozen=True, slots=True)
class RelationAccess:
    """All reads of one relation.

    Attributes:
        relation: Schema-qualified name.
        kind: table, view, …
        owned_by: How its rows are known to belong to somebody; empty when they are not.
        nobodys: Whether nothing in it could name a person.
        keys_only: Whether a client reads nothing of it but keys, as in a table of memberships.
        rows: How many rows of the victim were there, seen by the superuser.
        unfilled: Why no row could be made; empty when one was.
        published_by: A column and value which decide that everybody may read a row.
        door: Whether an application learns by it which tenant is called, and reads no more of tenants.
        unclear: The rows that others read, as "rows with x in the past", of which nothing tells whether they
            are meant for everybody.
        open_by: The policy, or the view, whose name says that everybody may read it, where it shows nothing
            private.
        shared: Whether another member of the owner's tenant reads the row, which also names a user.
        shared_sql: What a person pastes to see that.
        two_owners: Whether rows name a tenant and an owner in it.
        policies: Names of the SELECT policies that apply to client roles.
        by: The policy, grant or view that lets clients read it.
        mend: The statement that mends it, where that is plain.
        part_of: The relation that it is a partition or an inheritance child of.
        reads: One for each actor that may select anything of it.
        outside: The foreign table whose rows it shows, which nobody of ours has a row in; else empty.
        apart: Whether two users read rows and none in common, where nothing tells whose rows are.
        shut: Whether it is a table whose rows no policy shows to any client, who does not own it either.
        as_caller: Whether it is a view that has no rights but its caller's, nor have functions that it calls.
        untold: What a view shows beside somebody's key, and a table hides, where that is too little to tell
            that it is his row.
        exposure: What strangers read of private people, where nothing tells whose its rows are.
    """

    relation: str
    kind: str
    owned_by: str
    nobodys: bool
    keys_only: bool
    rows: int
    unfilled: str
    published_by: str
    policies: tuple[str, ...]
    reads: tuple[Read, ...]
    open_by: str = ""
    unclear: str = ""
    door: bool = False
    shut: bool = False
    as_caller: bool = False
    apart: bool = False
    outside: str = ""
    shared: bool = False
    shared_sql: str = ""
    two_owners: bool = False
    by: str = ""
    mend: str = ""
    part_of: str = ""
    untold: str = ""
    exposure: Exposure | None = None

    @property
    def says_so(self) -> str:
        """What says that everybody may read it, for people."""
        return f"{'policy' if self.policies else 'name'} {self.open_by}"


@dataclass(frozen=True, slots=True)
class AccessEvidence:
    """The reads of all relations that a client role may select from.

    Attributes:
        absent: Why there is nothing to isolate; empty when there is.
        undeclared: Why no actor could be impersonated; empty when they could.
    """

    relations: tuple[RelationAccess, ...]
    undeclared: str = ""
    absent: str = ""

    @classmethod
    def merge(cls, parts: Sequence[AccessEvidence]) -> AccessEvidence:
        """Join the parts of all shards, ordered by relation."""
        relations = sorted((r for part in parts for r in part.relations), key=lambda r: r.relation)
        first = parts[0]
        return cls(tuple(relations), first.undeclared, first.absent)
