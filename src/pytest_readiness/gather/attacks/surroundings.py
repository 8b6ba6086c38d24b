"""What the server itself tells or lets through, whatever the policies say: roles, locks, statistics."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm, RoleEvidence
from pytest_readiness.evidence.catalog import TABLE_KINDS, CatalogEvidence
from pytest_readiness.evidence.ownership import Owners
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.evidence.population import Population
from pytest_readiness.gather.attacks.attempts import QUERY, UNCOUNTED, Attempt
from pytest_readiness.gather.attacks.field import Field
from pytest_readiness.gather.attacks.reads import UNDECLARED
from pytest_readiness.target.identities import Identity
from pytest_readiness.target.quoting import identifier, literal
from pytest_readiness.target.target import Target
from pytest_readiness.vocabulary import Strength, gatherer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Relation, Role

_PLATFORM = ("supabase_", "pgsodium_", "dashboard_user", "pgbouncer", "readiness_")
_RELATIONS = 60
"""Relations that each role reads: who bypasses policies bypasses all of them."""


@gatherer(strength=Strength.ATTACKED)
def roles(target: Target, catalog: CatalogEvidence, owners: Owners, population: Population) -> RoleEvidence:
    """Act as every role that is not the platform's, and as every role that a client may become."""
    with Field(target, catalog, owners, population) as field:
        if not field.cast.declared:
            return RoleEvidence((), undeclared=UNDECLARED)
        known = _Roles(field)
        found = (*known.all(), *_Residual(field, known).all())
        return RoleEvidence(found, absent="" if found else "there are no roles but the platform's")


class _Roles:
    def __init__(self, field: Field) -> None:
        self.field = field
        profile = field.target.profile
        owners = {relation.owner for relation in field.catalog.relations}
        self.known = {field.target.built.owner, profile.service, profile.login, *profile.clients}
        self.platform = self.known | {role.name for role in field.catalog.roles if role.superuser} | owners
        self.by_name = {role.name: role for role in field.catalog.roles}
        self.relations = [r for r in field.catalog.relations if r.name in field.owners.owned][:_RELATIONS]

    def all(self) -> Iterator[Assault]:
        """Read as each role, and as each role that a client's role is a member of."""
        for role in self.field.catalog.roles:
            if not self.is_platform(role.name):
                yield self._as_role(role)
        for name in self.field.target.profile.clients:
            for other in sorted(self._reachable(name)):
                yield self._become(name, other)
        session = self.field.target.settings.isolation.session
        named = self.by_name.get(session.role) if session else None
        if named and (named.superuser or named.bypasses):
            what = "it is a superuser" if named.superuser else "it has BYPASSRLS"
            yield Assault(
                named.name, "ROLE", 1, (Harm(named.name, "bypassed", named.name, "everybody", what, "\\du"),)
            )

    def is_platform(self, name: str) -> bool:
        """Whether a role is not of the project's making."""
        return name in self.platform or name.startswith(_PLATFORM)

    def _reachable(self, name: str) -> set[str]:
        found: set[str] = set()
        todo = list(self.by_name[name].member_of) if name in self.by_name else []
        while todo:
            other = todo.pop()
            if other not in found:
                found.add(other)
                todo += self.by_name[other].member_of if other in self.by_name else ()
        return found

    def _as_role(self, role: Role) -> Assault:
        bob = self.field.cast.user(BOB)
        actor = Identity(role.name, role.name, role.name, bob.statements)
        return self._read(role.name, actor, ())

    def _become(self, name: str, other: str) -> Assault:
        bob = self.field.cast.user(BOB)
        step = f"{UNCOUNTED}set local role {identifier(other)}"
        return self._read(f"{name} as {other}", bob, (step,))

    def _read(self, subject: str, actor: Identity, before: tuple[str, ...]) -> Assault:
        attempts = [
            Attempt(
                actor, (*before, f"{QUERY}select to_jsonb(t.*)::text from {relation.name} t"), about=relation
            )
            for relation in self.relations
        ]
        harms: list[Harm] = []
        for attempt, outcome in self.field.runner.run(attempts):
            harm = self._harm(attempt, outcome.rows, attempt.about)
            if harm and not harms and not self._open(attempt.about):
                harms.append(harm)
        return Assault(subject, "ROLE", len(attempts), tuple(harms))

    def _open(self, relation: Relation) -> bool:
        """Whether bob reads others' rows of it with his own role, which another check tells."""
        bob = self.field.cast.user(BOB)
        read = f"{QUERY}select to_jsonb(t.*)::text from {relation.name} t"
        rows = self.field.runner.one(Attempt(bob, (read,))).rows
        return any(self.field.foreign(relation, json.loads(text), BOB) for text in rows)

    def _harm(self, attempt: Attempt, rows: tuple[str, ...], relation: Relation) -> Harm | None:
        foreign = [row for text in rows if self.field.foreign(relation, row := json.loads(text), BOB)]
        if not foreign:
            return None
        text = json.dumps(foreign[0])
        text = next(iter(self.field.canaries_of_others(text, BOB)), text)
        script = self.field.script(relation.name, attempt.actor, attempt.steps, "select 1")
        return Harm(attempt.actor.name, "bypassed", relation.name, ALICE.name, f"`{text[:60]}`", script)


class _Residual:
    """Channels that are open in nearly every database, and worth knowing."""

    def __init__(self, field: Field, roles: _Roles) -> None:
        self.field = field
        self.roles = roles
        self.bob = field.cast.user(BOB)

    def all(self) -> Iterator[Assault]:
        """Try each channel on one relation that bob may use and that is owned."""
        for name, relation, step in self._channels():
            outcome = self.field.runner.one(Attempt(self.bob, (step,)))
            told = not outcome.state and (not step.startswith(QUERY) or outcome.rows not in {(), ("",)})
            script = self.field.script(relation.name, self.bob, (step,), "select 1")
            harm = Harm(BOB.name, "residual", relation.name, ALICE.name, name, script)
            yield Assault(f"{relation.name}: {name}", "LOOK", 1, (harm,) if told else ())

        for role in self.field.catalog.roles:
            if role.login and not self.roles.is_platform(role.name):
                yield self._activity(role)

    def _activity(self, role: Role) -> Assault:
        """Run a statement in one session of a role, and look for its text from another."""
        import psycopg

        said = "select 'canary-in-a-statement'"
        look = "select query from pg_catalog.pg_stat_activity where pid <> pg_backend_pid()"
        subject = f"{role.name}: statements of its other sessions"
        try:
            with self.field.target.login(role.name) as one, self.field.target.login(role.name) as other:
                one.execute(said.encode())
                seen = any(row[0] == said for row in other.execute(look.encode()).fetchall())
        except psycopg.Error as error:
            return Assault(
                subject, "LOOK", 0, unclear=f"it cannot log in here: {error}".split("\n", maxsplit=1)[0]
            )
        what = "the text of statements in all sessions of the role"
        harm = Harm(role.name, "residual", role.name, "whoever shares the role", what, f"{look};")
        return Assault(subject, "LOOK", 1, (harm,) if seen else ())

    def _channels(self) -> Iterator[tuple[str, Relation, str]]:
        held = [
            relation
            for relation in self.field.catalog.relations
            if relation.kind in TABLE_KINDS
            and relation.name in self.field.owners.owned
            and self.bob.role in relation.privileges
        ]
        for relation in held[:1]:
            yield (
                "an estimate of how many rows there are",
                relation,
                (
                    f"{QUERY}select reltuples::text from pg_catalog.pg_class where oid = "
                    f"{literal(relation.name)}::regclass and reltuples >= 0"
                ),
            )
        for relation in held:
            if any(verb in relation.privileges[self.bob.role].others for verb in ("delete", "truncate")):
                yield (
                    "a lock that stops everybody",
                    relation,
                    f"lock table {relation.name} in access exclusive mode",
                )
                break
        for sequence in self.field.catalog.sequences:
            numbered = self.field.catalog.relation(sequence.relation)
            if self.bob.role in sequence.readers and numbered and numbered.name in self.field.owners.owned:
                yield (
                    "how many rows were ever made",
                    numbered,
                    f"{QUERY}select last_value::text from {sequence.name}",
                )
