"""Writes to one table as each role that was given a right to it: one may be recorded, and another not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.trail.at_row import AtRow
from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.target.identities import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.audit import Write

_GIVEN = """
select distinct r.rolname from pg_class c
cross join lateral (
  select (aclexplode(c.relacl)).* union all
  select (aclexplode(a.attacl)).* from pg_attribute a where a.attrelid = c.oid
) given
join pg_roles r on r.oid = given.grantee
where c.oid = %(table)s::regclass and given.grantee <> c.relowner and not r.rolsuper
and given.privilege_type in ('INSERT', 'UPDATE', 'DELETE') order by 1
"""
_MOST = 6
"""How many roles write."""


class Hands(AtRow):
    """Writes as others than the backend and the users, each of them undone."""

    def all(self, recorded: Mapping[str, str]) -> Iterator[Write]:
        """Yield what changed a row.

        Args:
            recorded: Columns whose change left an entry, each with the new value.
        """
        known = {self.turns.service.role, *([self.turns.alice.role] if self.turns.alice else [])}
        found = self.writer.connection.execute(_GIVEN, {"table": self.relation.name}).fetchall()
        for role in [name for (name,) in found if name not in known][:_MOST]:
            yield from self._by(Identity(role, role, role, ()), recorded)

    def _by(self, actor: Identity, recorded: Mapping[str, str]) -> Iterator[Write]:
        table, where = self.relation.name, f"where {self.present}"
        for name, value in recorded.items():
            column = self.relation.column(name)
            quoted = column.quoted if column else ""
            write = self._made("UPDATE", f"update {table} set {quoted} = {value} {where}", actor, name)
            if write:
                yield write
                break
        if write := self._made("DELETE", f"delete from {table} {where}", actor):
            yield write
        if not self.row.adopted:
            with past_guards(self.writer.connection, f"delete from {table} {where}") as gone:
                write = self._made("INSERT", self.row.sql, actor) if gone.rows else None
            if write:
                yield write

    def _made(self, verb: str, sql: str, actor: Identity, column: str = "") -> Write | None:
        """Return what came of a statement that changed a row."""
        done = self.writer.run(sql, actor, keep=False)
        if not done.gone and not done.new:
            return None
        script = actor.script()
        return self.writer.write(verb, sql, done, self.row, actor=actor.name, script=script, column=column)
