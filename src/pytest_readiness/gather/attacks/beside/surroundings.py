"""Roles that read past the policies, and what is beside them in nearly every database."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from functools import cached_property
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm, RoleEvidence
from pytest_readiness.evidence.catalog import CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import QUERY, UNCOUNTED, Attempt
from pytest_readiness.gather.attacks.beside.alphabet import Alphabet
from pytest_readiness.gather.attacks.beside.granting import Granting
from pytest_readiness.gather.attacks.beside.lockouts import Lockouts
from pytest_readiness.gather.attacks.beside.privileged import Privileged
from pytest_readiness.gather.attacks.beside.residues import Residues
from pytest_readiness.gather.attacks.beside.sides import Sides
from pytest_readiness.gather.attacks.beside.statistics import Statistics
from pytest_readiness.gather.attacks.beside.strange_schemas import strange_schemas
from pytest_readiness.gather.attacks.beside.unaddressed import Unaddressed
from pytest_readiness.gather.attacks.beside.untried import untried_reads
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.reading.heights import told_upwards
from pytest_readiness.gather.attacks.writing.cascades import Cascades
from pytest_readiness.gather.attacks.writing.renamings import Renamings
from pytest_readiness.judges.sql.memberships import (
    above,
    is_anybodys,
    is_bound,
    is_named_in_vain,
    is_staff,
    unbound,
    way,
)
from pytest_readiness.target.identities import Identity
from pytest_readiness.target.profiles import POSTGREST
from pytest_readiness.target.quoting import identifier, literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.catalog import Relation, Role

_PLATFORM = ("supabase_", "pgsodium_", "dashboard_user", "pgbouncer", "readiness_")
_FILES = ("pg_execute_server_program", "pg_read_server_files", "pg_write_server_files")
"""Roles that reach the files of the server, and with them every row."""

_OPERATORS = re.compile(
    r"admin|operator|support|staff|service|backend|worker|report|analy|audit|monitor|backup|etl|cron|migrat",
    re.IGNORECASE,
)
"""Roles that are there to see all tenants, once a policy lets them."""

_ANYBODY = re.compile(r"(^|_)(anon\w*|guest|visitor|public|nobody|everyone|web)(_|$)", re.IGNORECASE)
"""Roles that a token names of whoever asks for one."""

_RELATIONS = 60
"""Relations that each role reads: who bypasses policies bypasses all of them."""


@gatherer(strength=Strength.ATTACKED)
def roles(target: Target, catalog: CatalogEvidence, owners: Owners, population: Population) -> RoleEvidence:
    """Act as every role that is not the platform's, and as every role that a client may become."""
    with Field(target, catalog, owners, population) as field:
        if barred := field.barred:
            return RoleEvidence(tuple(strange_schemas(field)), undeclared=barred)
        known = _Roles(field)
        beside = (*Residues(field, known.is_platform).all(), *Lockouts(field).all())
        beside = (*beside, *Alphabet(field).all(), *Sides(field).all(), *told_upwards(field))
        beside = (*beside, *Privileged(field, known.is_platform).all())
        beside = (*beside, *Statistics(field).all(), *untried_reads(target))
        found = (
            *known.all(),
            *beside,
            *Cascades(field).all(),
            *Renamings(field).all(),
            *Unaddressed(field).all(),
        )
        return RoleEvidence(found, absent="" if found else "there are no roles but the platform's")


class _Roles:
    def __init__(self, field: Field) -> None:
        self.field = field
        profile = field.target.profile
        owners = {relation.owner for relation in field.catalog.relations}
        of_api = profile.clients if "anon" in profile.clients else ()
        self.known = {field.target.built.owner, profile.service, *of_api}
        if {*POSTGREST.clients, POSTGREST.service, POSTGREST.login} <= {r.name for r in field.catalog.roles}:
            self.known |= {POSTGREST.service, POSTGREST.login}
        self.platform = self.known | {role.name for role in field.catalog.roles if role.superuser} | owners
        self.by_name = {role.name: role for role in field.catalog.roles}
        self.relations = [r for r in field.catalog.relations if r.name in field.owners.owned][:_RELATIONS]
        self.granting = Granting(field, self._read)

    def all(self) -> Iterator[Assault]:
        """Read as each role, and as each role that a client's role is a member of."""
        for role in self.field.catalog.roles:
            if not self.is_platform(role.name):
                alone = self._as_role(role)
                yield alone if not alone.harms or self._is_anybodys(role.name) else _out_of_reach(alone)
                if role.login and not alone.harms and role.name not in self.field.catalog.clients:
                    yield from self._lent(role)
        yield from self._exempt()
        for name in self.field.catalog.clients:
            became = [self._become(name, one) for one in sorted(above(name, self.field.catalog.roles))]
            yield from became
            if name in self.by_name and not any(one.harms for one in became):
                yield from self.granting.by_client(self.by_name[name])
        login = self.by_name.get(self.field.target.profile.login)
        if login and self.is_platform(login.name) and login.name not in self.field.catalog.clients:
            yield self._as_role(login)  # as it is before it becomes somebody
        session = self.field.target.session
        if (named := self.by_name.get(session.role) if session else None) and (
            named.superuser or named.bypasses
        ):
            yield self._above(named)

    def _exempt(self) -> Iterator[Assault]:
        """Read as owners for whom policies were made that do not bind them."""
        vain = [relation for relation in self.relations if is_named_in_vain(relation, self.field.catalog)]
        for name in sorted({relation.exempt for relation in vain}):
            own = [relation for relation in vain if relation.exempt == name]
            found = self._read(name, self._actor(self.by_name[name]), (), own)
            harms = (
                replace(
                    harm,
                    by=f"{name} owns {harm.relation}, and policies do not bind owners",
                    mend=f"alter table {harm.relation} force row level security;",
                )
                for harm in found.harms
            )
            yield replace(found, harms=tuple(harms))

    def _above(self, role: Role) -> Assault:
        what = "it is a superuser" if role.superuser else "it has BYPASSRLS"
        look = f"select rolsuper, rolbypassrls from pg_roles where rolname = {literal(role.name)};"
        return Assault(
            role.name, "ROLE", 1, (Harm(role.name, "bypassed", "any table", "everybody", what, look),)
        )

    def is_platform(self, name: str) -> bool:
        """Whether a role is not of the project's making."""
        return name in self.platform or name.startswith(_PLATFORM)

    def _is_anybodys(self, name: str) -> bool:
        """Whether a login that is no operator's, or a client, is a role or may become it."""
        operators = {self.field.target.built.owner}
        roles = [
            r for r in self.by_name.values() if r.name not in operators and not r.name.startswith(_PLATFORM)
        ]
        return is_anybodys(name, roles, self.field.catalog.clients)

    def _as_role(self, role: Role) -> Assault:
        return self._read(role.name, self._actor(role), ())

    def _actor(self, role: Role) -> Identity:
        """Return a role itself, on a connection that serves bob."""
        return Identity(role.name, role.name, role.name, self.field.cast.user(BOB).statements)

    def _become(self, name: str, other: str) -> Assault:
        if other in _FILES:
            return self._reaches_files(name, other)
        return self._read(f"{name} as {other}", self.field.cast.user(BOB), (_to(other),))

    def _reaches_files(self, name: str, other: str) -> Assault:
        what = f"it is a member of {other}"
        look = f"select pg_has_role({literal(name)}, {literal(other)}, 'member');"
        harm = Harm(name, "bypassed", "any table", "everybody", what, look)
        return Assault(f"{name} as {other}", "ROLE", 1, (harm,))

    def _lent(self, login: Role) -> Iterator[Assault]:
        """Let a login that policies are there for become each role that none binds."""
        catalog = self.field.catalog
        for other in above(login.name, catalog.roles) if is_bound(login.name, catalog) else ():
            files = other in _FILES
            why = "which reaches the files of the server" if files else unbound(other, catalog)
            if not why:
                continue
            found = (
                self._reaches_files(login.name, other)
                if files
                else self._read(f"{login.name} as {other}", self._actor(login), (_to(other),))
            )
            between = way(login.name, other, catalog.roles)[1:-1]
            through = f" by way of {', '.join(between)}" if between else ""
            what = f"become {other}{through}, {why}"
            mend = f"revoke {identifier((*between, other)[0])} from {identifier(login.name)};"
            harms = (replace(harm, kind="residual", what=what, mend=mend) for harm in found.harms)
            yield replace(found, verb="BECOME", harms=tuple(harms))
        if is_bound(login.name, catalog):
            yield from self.granting.by_login(login, self._actor(login))

    def _read(
        self, subject: str, actor: Identity, before: tuple[str, ...], closed: Sequence[Relation] = ()
    ) -> Assault:
        """Read relations, all unless told which are closed to this role, for all that policies say of it."""
        attempts = [
            Attempt(
                actor, (*before, f"{QUERY}select to_jsonb(t.*)::text from {relation.name} t"), about=relation
            )
            for relation in closed or self.relations
        ]
        harms: list[Harm] = []
        for attempt, outcome in self.field.runner.run(attempts):
            harm = self._harm(attempt, outcome.rows, attempt.about)
            if (
                harm
                and not harms
                and (closed or not self._meant(actor.role, attempt.about))
                and not self._open(attempt.about)
            ):
                harms.append(harm)
        return Assault(subject, "ROLE", len(attempts), tuple(harms))

    def _open(self, relation: Relation) -> bool:
        """Whether bob reads others' rows of it with his own role, which another check tells."""
        bob = self.field.cast.user(BOB)
        read = f"{QUERY}select to_jsonb(t.*)::text from {relation.name} t"
        rows = self.field.runner.one(Attempt(bob, (read,))).rows
        return any(self.field.recognition.foreign(relation, json.loads(text), BOB) for text in rows)

    def _meant(self, role: str, relation: Relation) -> bool:
        """Whether a policy is for this very role, which runs the system or is nobody's on the outside.

        It may be what a token names instead of a client: that somebody is a teacher is signed. A login that
        is no client's may have it from its group.
        """
        clients, groups = set(self.field.catalog.clients), set(above(role, self.field.catalog.roles))
        # Whoever is a client through a group is the application, and has no other group to read for.
        groups = set() if clients & {role, *groups} else groups
        named = {name for policy in relation.policies if policy.permissive for name in policy.roles}
        login = {self.field.target.profile.login} - clients
        if self.field.target.logins and is_staff(role, relation, self.field.catalog):
            return True
        own = any(bool(_OPERATORS.search(name)) or name in login for name in named & {role, *groups})
        return own or (role in named and (self._is_out_of_reach(role) or role in self.by_token))

    @cached_property
    def by_token(self) -> frozenset[str]:
        """Roles that the login of the API may become as it may a client, and no client may."""
        clients, login = {*self.field.catalog.clients}, self.field.target.profile.login
        logins = [r for r in self.by_name.values() if r.name == login or (not login and r.login)]
        lent = {name for role in logins if clients & {*role.member_of} for name in role.member_of}
        within = clients.union(*(above(name, self.field.catalog.roles) for name in clients))
        return frozenset(name for name in lent - within if not _ANYBODY.search(name))

    def _is_out_of_reach(self, name: str) -> bool:
        """Whether nobody can log in as a role, and no request of the API become it: it is lent to staff."""
        login, role = self.field.target.profile.login, self.by_name.get(name)
        within = {login, *above(login, self.field.catalog.roles)} if login else {name}
        return role is not None and not role.login and name not in within

    def _harm(self, attempt: Attempt, rows: tuple[str, ...], relation: Relation) -> Harm | None:
        foreign = [
            row for text in rows if self.field.recognition.foreign(relation, row := json.loads(text), BOB)
        ]
        if not foreign:
            return None
        text = json.dumps(foreign[0])
        text = next(iter(self.field.recognition.canaries_of_others(text, BOB)), text)
        script = self.field.script(relation.name, attempt.actor, attempt.steps, "select 1")
        return Harm(attempt.actor.name, "bypassed", relation.name, ALICE.name, f"`{text[:60]}`", script)


def _out_of_reach(found: Assault) -> Assault:
    """Return what a role reads that nobody is: it is somebody's who applies migrations, and harms nobody."""
    return replace(found, verb="OUT OF REACH", harms=())


def _to(role: str) -> str:
    return f"{UNCOUNTED}set local role {identifier(role)}"
