"""Lets roles grant themselves those that no policy binds: by CREATEROLE, or by the ADMIN OPTION on one."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.attempts import UNCOUNTED
from pytest_readiness.judges.sql.memberships import unbound
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Role
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.target.identities import Identity

    Reads = Callable[[str, Identity, tuple[str, ...]], Assault]

_READS_ALL = "pg_read_all_data"


class Granting:
    """Tries what a role may grant: before PostgreSQL 16, CREATEROLE grants all roles but superusers."""

    def __init__(self, field: Field, reads: Reads) -> None:
        self.field = field
        self._reads = reads
        self._owner = field.target.built.owner

    def by_client(self, role: Role) -> Iterator[Assault]:
        """Yield what a client's role comes to; where it is refused, what it would on an older server."""
        found = (
            self._granted(role, self.field.cast.user(BOB)) if role.creates_roles or role.member_of else None
        )
        if found and (found.harms or role.creates_roles):
            yield found
        if found and not found.harms and role.creates_roles:
            yield from self._elsewhere(role)

    def by_login(self, login: Role, actor: Identity) -> Iterator[Assault]:
        """Yield the same of a login that policies are there for, to note."""
        found = self._granted(login, actor) if login.creates_roles or login.member_of else None
        if found and found.harms:
            what = "become what no policy binds, by granting it to itself"
            harms = (replace(harm, kind="residual", what=what) for harm in found.harms)
            yield replace(found, verb="BECOME", harms=tuple(harms))
        elif login.creates_roles:
            yield from self._elsewhere(login)

    def _granted(self, role: Role, actor: Identity) -> Assault:
        name, tried = role.name, 0
        subject = f"{name} by CREATEROLE" if role.creates_roles else f"{name} by its ADMIN OPTION"
        for other in dict.fromkeys((self._owner, *self._above_all(name), _READS_ALL)):
            grant = f"{UNCOUNTED}grant {identifier(other)} to {identifier(name)}"
            found = self._reads(subject, actor, (_to(name), grant, _to(other)))
            tried += found.tried
            if found.harms:
                what = f"{found.harms[0].what}, once it had granted itself {other}"
                return replace(found, harms=(replace(found.harms[0], what=what, mend=_mend(role, other)),))
        return Assault(subject, "ROLE", tried)

    def _above_all(self, name: str) -> list[str]:
        roles, catalog = self.field.catalog.roles, self.field.catalog
        found = (r for r in roles if r.name != name and not r.superuser and unbound(r.name, catalog))
        return [role.name for role in sorted(found, key=lambda role: role.login)]

    def _elsewhere(self, role: Role) -> Iterator[Assault]:
        """Yield what CREATEROLE gives on servers before PostgreSQL 16, where this one is none."""
        for other in self._above_all(role.name)[:1]:
            why = unbound(other, self.field.catalog)
            where = "on a server before PostgreSQL 16, where CREATEROLE grants it to itself"
            what = f"become {other}, {why}, {where}"
            look = f"select rolname, rolcreaterole from pg_roles where rolname = {literal(role.name)};"
            harm = Harm(role.name, "residual", role.name, "everybody", what, look, mend=_mend(role, other))
            yield Assault(f"{role.name} by CREATEROLE, elsewhere", "BECOME", 1, (harm,))


def _mend(role: Role, other: str) -> str:
    if role.creates_roles:
        return f"alter role {identifier(role.name)} nocreaterole;"
    return f"revoke {identifier(other)} from {identifier(role.name)};"


def _to(role: str) -> str:
    return f"{UNCOUNTED}set local role {identifier(role)}"
