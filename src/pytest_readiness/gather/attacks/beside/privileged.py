"""What roles of the server's own, and an attribute, give to whom policies are there for."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Assault, Harm
from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import BOB
from pytest_readiness.gather.attacks.attempts import QUERY, UNCOUNTED, Attempt
from pytest_readiness.judges.sql.memberships import above, is_bound, is_held_back, way
from pytest_readiness.target.identities import Identity
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Relation, Role
    from pytest_readiness.gather.attacks.field import Field

_STATISTICS = ("pg_read_all_stats", "pg_monitor")
_SAID = "select 'canary-in-a-statement-of-another-role'"
_SOME = 60
"""Tables that are locked or emptied: who may do so with one may with all."""


class Privileged:
    """Lets client roles, and logins that policies are for, use what the server's own roles may."""

    def __init__(self, field: Field, is_platform: Callable[[str], bool]) -> None:
        self.field = field
        self.known = {role.name: role for role in field.catalog.roles}
        clients = [self.known[name] for name in field.catalog.clients if name in self.known]
        logins = [r for r in field.catalog.roles if r.login and not is_platform(r.name) and r not in clients]
        self.roles = [role for role in (*clients, *logins) if not role.superuser]

    def all(self) -> Iterator[Assault]:
        """Try each membership, and name the attribute by which a role copies what is written."""
        for role in self.roles:
            yield from self._replicates(role)
            serves = role.name in self.field.catalog.clients or is_bound(role.name, self.field.catalog)
            for other in above(role.name, self.field.catalog.roles):
                # Who watches the server and serves nobody sees what others say all the same.
                if serves or other in _STATISTICS:
                    yield from self._used(role.name, other)

    def _used(self, name: str, other: str) -> Iterator[Assault]:
        if other in _STATISTICS:
            yield self._statements(name, other)
        elif other == "pg_write_all_data":
            yield self._changed(name, other)
        elif other == "pg_maintain":
            yield self._locked(name, other)
        elif other == "pg_signal_backend":
            what = f"the sessions of all others: it is a member of {other}"
            look = f"select pg_has_role({literal(name)}, {literal(other)}, 'member');"
            yield Assault(
                f"{name} as {other}", "LOOK", 1, (self._harm(name, other, "everybody", what, look),)
            )

    def _replicates(self, role: Role) -> Iterator[Assault]:
        """Name what lets a role read the log of all that is written, of which no policy is asked.

        No server of a run keeps that log, so that nobody can read it here.
        """
        ways = (role.name, *above(role.name, self.field.catalog.roles))
        other = next((n for n in ways if n in self.known and self.known[n].replicates), "")
        if not other or self.known[other].superuser:
            return
        subject = role.name if other == role.name else f"{role.name} as {other}"
        told = is_held_back(role.name, self.field.catalog)
        what = (
            "it has REPLICATION, and where wal_level is logical, decoding shows every row that anybody writes"
        )
        if not told:
            what = f"every row that anybody writes, by logical decoding: {other} has REPLICATION"
        look = f"select rolname, rolreplication from pg_roles where rolname = {literal(other)};"
        kind, verb = ("bypassed", "ROLE") if told else ("residual", "LOOK")
        mend = f"alter role {identifier(other)} noreplication;"
        harm = Harm(role.name, kind, "any table", "everybody", what, look, mend=mend)
        yield Assault(subject, verb, 1, (harm,))

    def _actor(self, name: str) -> Identity:
        return Identity(name, name, name, self.field.cast.user(BOB).statements)

    def _harm(self, name: str, other: str, victim: str, what: str, script: str) -> Harm:
        first = way(name, other, self.field.catalog.roles)[1]
        mend = f"revoke {identifier(first)} from {identifier(name)};"
        return Harm(name, "residual", name, victim, what, script, mend=mend)

    def _statements(self, name: str, other: str) -> Assault:
        """Run a statement in a session of another role, and look for its text, by right or as the member."""
        actor = self._actor(name)
        runner = self.field.runner
        with closing(self.field.target.database(runner.connection.info.dbname)) as session:
            session.execute(_SAID.encode())
            look = (
                f"{QUERY}select query from pg_catalog.pg_stat_activity where pid = {session.info.backend_pid}"
            )
            tried = [runner.one(Attempt(actor, (*before, look))) for before in ((), (_to(other),))]
        seen = any(outcome.rows == (_SAID,) for outcome in tried)
        what = f"the text of statements in the sessions of all roles: it is a member of {other}"
        become = "" if tried[0].rows == (_SAID,) else f"set role {identifier(other)}; "
        script = (
            f"set session authorization {identifier(name)}; {become}"
            "select usename, query from pg_catalog.pg_stat_activity;"
        )
        harms = (self._harm(name, other, "whoever is served", what, script),) if seen else ()
        return Assault(f"{name} as {other}", "LOOK", len(tried), harms)

    def _tables(self) -> list[Relation]:
        owned = self.field.owners.owned
        return [r for r in self.field.catalog.relations if r.kind in TABLE_KINDS and r.name in owned][:_SOME]

    def _changed(self, name: str, other: str) -> Assault:
        """Empty tables that no policy guards."""
        return self._done(name, other, "delete from {}", f"rows of others, as a member of {other}, in {{}}")

    def _locked(self, name: str, other: str) -> Assault:
        lock = "lock table {} in access exclusive mode"
        return self._done(name, other, lock, f"a lock that stops everybody, as a member of {other}, on {{}}")

    def _done(self, name: str, other: str, step: str, what: str) -> Assault:
        """Do something with one table after another until it does harm."""
        tables = self._tables()
        attempts = (
            Attempt(
                self._actor(name),
                (_to(other), step.format(relation.name)),
                (relation.name,) if step.startswith("delete") else (),
                about=relation,
            )
            for relation in tables
        )
        for attempt, outcome in self.field.runner.run(attempts):
            harmed = self.field.reaches(outcome, BOB) if attempt.watch else True
            if not outcome.state and harmed:
                table = attempt.about.name
                script = self.field.script(table, attempt.actor, attempt.steps, "select 1")
                harm = self._harm(name, other, "everybody", what.format(table), script)
                return Assault(f"{name} as {other}", "LOOK", len(tables), (harm,))
        return Assault(f"{name} as {other}", "LOOK", len(tables))


def _to(role: str) -> str:
    return f"{UNCOUNTED}set local role {identifier(role)}"
