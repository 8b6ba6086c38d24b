"""Channels and privileges that are beside the policies, open in nearly every database, and worth knowing."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB, CAROL
from pytest_readiness.gather.attacks.attempts import QUERY, Attempt
from pytest_readiness.gather.attacks.beside.lifted import Lifted
from pytest_readiness.gather.attacks.beside.looked_up import LookedUp
from pytest_readiness.gather.attacks.creatable import creatable
from pytest_readiness.gather.attacks.looks import read
from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.judges.sql.secrets import secrets
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sized

    from pytest_readiness.evidence.catalog import Relation, Role
    from pytest_readiness.gather.attacks.attempts import Outcome
    from pytest_readiness.gather.attacks.field import Field

_SOME = 60
"""Relations that a former member reads: a token or profile that is believed is believed everywhere."""

_PROBE = "readiness_probe"


class Residues:
    """Tries each channel once, on a relation that bob may use and that is owned."""

    def __init__(self, field: Field, is_platform: Callable[[str], bool]) -> None:
        self.field = field
        self.is_platform = is_platform
        self.bob = field.cast.user(BOB)
        self.held = [
            relation
            for relation in field.catalog.relations
            if relation.kind in TABLE_KINDS
            and relation.name in field.owners.owned
            and self.bob.role in relation.privileges
        ]

    def all(self) -> Iterator[Assault]:
        """Try what tells, what stops others, and what stays behind."""
        yield from self._estimates()
        yield from self._numbers()
        yield from self._bodies()
        yield from self._locked()
        yield from self._set_back()
        yield from self._triggers()
        yield from self._references()
        yield from self._former_member()
        yield from LookedUp(self.field).all()
        yield from Lifted(self.field).all(self.held)
        for role in self.field.catalog.roles:
            if role.login and not self.is_platform(role.name):
                yield self._activity(role)

    def _tried(self, subject: str, relation: Relation, what: str, *steps: str) -> Assault:
        outcome = self.field.runner.one(Attempt(self.bob, steps))
        return self._came(subject, relation, what, steps, outcome)

    def _came(
        self, subject: str, relation: Relation, what: str, steps: tuple[str, ...], outcome: Outcome
    ) -> Assault:
        asked = steps[-1].startswith(QUERY)
        told = not outcome.state and (not asked or outcome.rows not in {(), ("",)})
        script = self.field.script(relation.name, self.bob, steps, "select 1")
        harm = Harm(BOB.name, "residual", relation.name, ALICE.name, what, script)
        return Assault(subject, "LOOK", 1, (harm,) if told else ())

    def _estimates(self) -> Iterator[Assault]:
        for relation in self.held[:1]:
            what = "an estimate of how many rows there are"
            oid = f"{literal(relation.name)}::regclass"
            look = (
                f"{QUERY}select reltuples::text from pg_catalog.pg_class where oid = {oid} and reltuples >= 0"
            )
            kept = self._tried(f"{relation.name}: {what}", relation, what, look)
            yield kept
            if not kept.harms:
                what = "an estimate in the plan of a query"
                plan = f"{QUERY}explain select from {relation.name}"
                yield self._tried(f"{relation.name}: {what}", relation, what, plan)

    def _numbers(self) -> Iterator[Assault]:
        what = "how many rows were ever made"
        attempts = (
            Attempt(self.bob, (f"{QUERY}select last_value::text from {sequence.name}",), about=numbered)
            for sequence in self.field.catalog.sequences
            if self.bob.role in sequence.readers
            and (numbered := self.field.catalog.relation(sequence.relation))
            and numbered.name in self.field.owners.owned
        )
        for attempt, outcome in self.field.runner.run(attempts):
            subject = f"{attempt.about.name}: {what}"
            yield self._came(subject, attempt.about, what, attempt.steps, outcome)

    def _bodies(self) -> Iterator[Assault]:
        """Read functions as bob: their text is for everybody, whoever may execute them."""
        for signature, secret in secrets(self.field.catalog):
            what = f"a secret in the body of a function: {secret}"
            # By its text: a name is looked up only in schemas that the role may use.
            said = f"strpos(prosrc, {literal(secret[:-1])}) > 0"
            look = f"{QUERY}select prosrc from pg_catalog.pg_proc where {said}"
            outcome = self.field.runner.one(Attempt(self.bob, (look,)))
            script = self.field.script(signature, self.bob, (look,), "select 1")
            harm = Harm(BOB.name, "residual", signature, "the backend", what, script)
            yield Assault(signature, "LOOK", 1, (harm,) if secret[:-1] in "".join(outcome.rows) else ())

    def _locked(self) -> Iterator[Assault]:
        for relation in self.held:
            if {"delete", "truncate"} & {*relation.privileges[self.bob.role].others}:
                what = "a lock that stops everybody"
                lock = f"lock table {relation.name} in access exclusive mode"
                yield self._tried(f"{relation.name}: {what}", relation, what, lock)
                return

    def _set_back(self) -> Iterator[Assault]:
        """Set a sequence, to where it stands: set back, it makes every insert collide."""
        settable = [
            (sequence, relation)
            for sequence in self.field.catalog.sequences
            if self.bob.role in sequence.setters
            and (relation := self.field.catalog.relation(sequence.relation))
            and relation.name in self.field.owners.owned
        ]
        for sequence, relation in settable[:1]:
            found = self.field.runner.connection.execute(
                f"select last_value, is_called from {sequence.name}".encode()
            ).fetchone()
            value, called = found or (1, False)
            what = (
                f"the next key: setval on {sequence.name}{_more(settable)} makes the inserts of all collide"
            )
            step = f"{QUERY}select setval({literal(sequence.name)}, {value}, {called})::text"
            yield self._tried("SETVAL", relation, what, step)

    def _triggers(self) -> Iterator[Assault]:
        """Put a trigger on a table: it runs with the rights of whoever writes next."""
        held = [r for r in self.held if "trigger" in r.privileges[self.bob.role].others]
        for relation in held[:1]:
            what = (
                f"a trigger on {relation.name}{_more(held)} that runs with the rights of whoever writes next"
            )
            body = "returns trigger language plpgsql as 'begin return new; end'"
            yield self._tried(
                "TRIGGER",
                relation,
                what,
                f"create function pg_temp.{_PROBE}() {body}",
                f"create trigger {_PROBE} before insert or update on {relation.name} "
                f"for each row execute function pg_temp.{_PROBE}()",
            )

    def _references(self) -> Iterator[Assault]:
        """Refer to hidden rows from a table of one's own: that tells of them, and keeps them in place."""
        held = [
            relation
            for relation in self.held
            if "references" in relation.privileges[self.bob.role].others and len(relation.primary_key) == 1
        ]
        for relation in held[:1]:
            column = relation.column(relation.primary_key[0])
            row = self.field.population.row(relation.name, ALICE.name)
            hers = row.texts.get(relation.primary_key[0]) if row else None
            if column is None or hers is None:
                continue
            schemas = creatable(self.field, self.bob.role) or [identifier(relation.schema)]
            table = f"{schemas[0]}.{_PROBE}"
            what = f"a reference to {hers} in {relation.name}{_more(held)}, which keeps her from deleting it"
            yield self._tried(
                "REFERENCES",
                relation,
                what,
                f"create table {table} (key {column.type} references {relation.name})",
                f"insert into {table} values ({literal(hers)})",
            )

    def _former_member(self) -> Iterator[Assault]:
        """Take carol's memberships away, and read as her: a token or a profile may still name the tenant."""
        belonging = [
            row
            for membership in self.field.owners.memberships
            if (row := self.field.population.row(membership.relation, CAROL.name))
            and membership.relation not in self.field.owners.people
        ]
        names = [m.relation for m in self.field.owners.memberships]
        deletes = [
            f"delete from {name} where {row.where}" for name, row in zip(names, belonging, strict=False)
        ]
        if not names or len(names) != len(belonging):
            return
        carol = self.field.cast.user(CAROL)
        before = (QUIETLY, *deletes, AS_EVER)
        shown = [
            (attempt.about, attempt)
            for attempt, outcome in self.field.runner.run(
                Attempt(carol, (read(relation),), about=relation, before=before)
                for relation in self.held[:_SOME]
                if carol.role in relation.readable and relation.name not in names
            )
            if any(self._tenants(attempt.about, json.loads(text)) for text in outcome.rows)
        ]
        harms: tuple[Harm, ...] = ()
        for relation, attempt in shown[:1]:
            what = (
                f"her former tenant's rows in {relation.name}{_more(shown)}, which her token or profile names"
            )
            script = self.field.script(relation.name, carol, attempt.steps, "select 1", before=before)
            harms = (
                Harm("carol, who is no member any more,", "residual", relation.name, "red", what, script),
            )
        yield Assault("STALE CLAIMS", "LOOK", len(self.held[:_SOME]), harms)

    def _tenants(self, relation: Relation, row: dict[str, object]) -> bool:
        """Whether a row is the tenant's, and not carol's own."""
        names = self.field.labels.of(relation.name, row)
        return "red" in names and CAROL.name not in names

    def _activity(self, role: Role) -> Assault:
        """Run a statement in one session of a role, and look for its text from another."""
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


def _more(held: Sized) -> str:
    others = len(held) - 1
    return f" and {others} other{'s' * (others > 1)}" if others else ""
