"""Writes to one table as each role that was given a right to it: one may be recorded, and another not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.trail.unguarded import past_guards
from pytest_readiness.target.identities import Identity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.audit import Write
    from pytest_readiness.gather.synthesis.rows import Row
    from pytest_readiness.gather.trail.turns import Turns
    from pytest_readiness.gather.trail.writer import Writer

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


class Hands:
    """Writes as others than the backend and the users, each of them undone.

    Args:
        writer: Runs the statements.
        row: Of alice's.
        present: What finds it now.
        turns: Who wrote so far.
    """

    def __init__(self, writer: Writer, row: Row, present: str, turns: Turns) -> None:
        self._writer = writer
        self._row = row
        self._present = present
        self._known = {turns.service.role, *([turns.alice.role] if turns.alice else [])}

    def all(self, recorded: Mapping[str, str]) -> Iterator[Write]:
        """Yield what changed a row.

        Args:
            recorded: Columns whose change left an entry, each with the new value.
        """
        found = self._writer.connection.execute(_GIVEN, {"table": self._writer.relation.name}).fetchall()
        for role in [name for (name,) in found if name not in self._known][:_MOST]:
            yield from self._by(Identity(role, role, role, ()), recorded)

    def _by(self, actor: Identity, recorded: Mapping[str, str]) -> Iterator[Write]:
        table, where = self._writer.relation.name, f"where {self._present}"
        for name, value in recorded.items():
            column = self._writer.relation.column(name)
            quoted = column.quoted if column else ""
            write = self._made("UPDATE", f"update {table} set {quoted} = {value} {where}", actor, name)
            if write:
                yield write
                break
        if write := self._made("DELETE", f"delete from {table} {where}", actor):
            yield write
        if not self._row.adopted:
            with past_guards(self._writer.connection, f"delete from {table} {where}") as gone:
                write = self._made("INSERT", self._row.sql, actor) if gone.rows else None
            if write:
                yield write

    def _made(self, verb: str, sql: str, actor: Identity, column: str = "") -> Write | None:
        """Return what came of a statement that changed a row."""
        done = self._writer.run(sql, actor, keep=False)
        if not done.gone and not done.new:
            return None
        script = actor.script()
        return self._writer.write(verb, sql, done, self._row, actor=actor.name, script=script, column=column)
