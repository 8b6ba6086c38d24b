"""Who acts on the target, and the statements by which a connection becomes them.

A session starts as the login role, not as a superuser who set a role: from the latter any role
could be taken back. Claims are whole, since access control code raises on incomplete ones.
"""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import psycopg

    from pytest_readiness.evidence.people import Person
    from pytest_readiness.settings import Session
    from pytest_readiness.target.profiles import Profile

EXPIRES = 4102444800
"""2100-01-01 in seconds since 1970: claims never expire during a run."""


@dataclass(frozen=True, slots=True)
class Identity:
    """Somebody acting through the application.

    Attributes:
        name: For people who read the report.
        login: Session role; empty to stay the login role of the connection.
        role: Role of the statements.
        statements: What makes the session theirs; literal SQL, to be run in the transaction.
        member: Whether the login itself acts, which is a member of the role.
    """

    name: str
    login: str
    role: str
    statements: tuple[str, ...]
    member: bool = False

    @property
    def becoming(self) -> tuple[str, ...]:
        """What makes a session that has begun as the login theirs."""
        role = () if self.member else (f"set local role {identifier(self.role)}",)
        return (*role, *self.statements)

    def script(self) -> str:
        """Return the statements that a person pastes after ``begin``, as a superuser."""
        lines = [f"set local session authorization {identifier(self.login)};"] if self.login else []
        if self.member:
            lines.insert(0, self._origin)
        elif self.role != self.login:
            lines.append(f"set local role {identifier(self.role)};")
        return "\n".join([*lines, *(f"{statement};" for statement in self.statements)])

    @property
    def _origin(self) -> str:
        return f"-- as made by: {login_of(self.login, self.role)}"

    def acting(self, *statements: str) -> tuple[str, ...]:
        """Return what a superuser runs for these statements to count as theirs, by claims or settings alone.

        Whose login is what says who acts has to log in for that.
        """
        if not self.member:
            return (*self.statements, *statements)
        login = f"{self._origin}\nset local session authorization {identifier(self.login)}"
        return (login, *self.statements, *statements, _BACK)


_BACK = "set local session authorization default"


SUPERUSER = Identity("the superuser", "", "", ("select 1",))


def claims(person: Person, role: str = "authenticated") -> dict[str, Any]:
    """Return the whole JWT claims of an authenticated user."""
    return {
        "sub": person.uuid,
        "role": role,
        "aud": "authenticated",
        "exp": EXPIRES,
        "iat": EXPIRES - 3600,
        "email": person.email,
        "phone": "",
        "aal": "aal1",
        "is_anonymous": False,
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "user_metadata": {},
    }


def supabase_user(profile: Profile, person: Person) -> Identity:
    """Return an authenticated user of a Supabase project."""
    return with_claims(profile, person.name, claims(person, profile.user))


def with_claims(profile: Profile, name: str, values: dict[str, Any]) -> Identity:
    """Return whoever the API lets in with these claims."""
    return Identity(name, profile.login, str(values["role"]), (claims_statement(values),))


def supabase_role(profile: Profile, role: str) -> Identity:
    """Return a caller without a user, such as ``anon`` or ``service_role``."""
    own = {"role": role, "aud": role, "exp": EXPIRES, "iat": EXPIRES - 3600}
    return Identity(role, profile.login, role, (claims_statement(own),))


def application_user(session: Session, person: Person, user: str | int, tenant: str | int) -> Identity:
    """Return a user or tenant of an application that declares how it becomes one, by their keys."""
    become = session.setting.replace("%(user)s", literal(str(user)))
    become = become.replace("%(tenant)s", literal(str(tenant)))
    if session.logins:
        own = (become,) if become else ()
        return Identity(person.name, person.uuid, session.role, own, member=True)
    return Identity(person.name, session.role, session.role, (become,))


def login_of(name: str, group: str) -> str:
    """Return the statement that makes a person's own role, as a member of the group that users are."""
    return f"create role {identifier(name)} login in role {identifier(group)};"


def claims_statement(values: dict[str, Any]) -> str:
    """Return the statement by which the API tells a transaction whose it is."""
    text = literal(json.dumps(values, sort_keys=True))
    return (
        f"select set_config('request.jwt.claims', {text}, true), set_config('request.headers', '{{}}', true)"
    )


@contextmanager
def acting_as(connection: psycopg.Connection, identity: Identity) -> Iterator[psycopg.Connection]:
    """Run statements as somebody, in a transaction that is always rolled back.

    The connection belongs to a superuser and is in autocommit mode. Time limits keep a policy
    that loops, or a lock that is never released, from hanging the run.
    """
    connection.execute("begin")
    try:
        connection.execute("set local statement_timeout = '5s'; set local lock_timeout = '1s'")
        connection.execute(identity.script().encode())
        yield connection
    finally:
        if not connection.closed:
            connection.execute("rollback")
