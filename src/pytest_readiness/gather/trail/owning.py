"""Takes the guards off a log, as an application that owns it, or the functions that guard it, may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import psycopg

    from pytest_readiness.evidence.audit import Attempt
    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.gather.trail.altering import Altering
    from pytest_readiness.gather.trail.people import People
    from pytest_readiness.target.identities import Identity

_RULES = """
select format('alter table %%s disable rule %%I;', %(log)s::regclass, rulename)
from pg_rewrite where ev_class = %(log)s::regclass and rulename <> '_RETURN'
"""
HOLLOW = """create or replace function {function}() returns trigger language plpgsql as $$
begin if tg_op = 'DELETE' then return old; end if; return new; end $$;"""
"""A function for triggers that lets everything pass, and does nothing else."""


class Owning:
    """Attempts on one log, in a transaction that the caller rolls back.

    Args:
        people: Who act.
        connection: Of a superuser, in a transaction.
        catalog: Of the target.
        log: With an entry at least.
        parts: Names of the partitions of the log.
        altering: Tries statements on its entries.
    """

    def __init__(
        self,
        people: People,
        connection: psycopg.Connection,
        catalog: CatalogEvidence,
        log: Relation,
        parts: Sequence[str],
        altering: Altering,
    ) -> None:
        self._people = people
        self._connection = connection
        self._catalog = catalog
        self._log = log
        self._parts = parts
        self._altering = altering

    def all(self) -> Iterator[Attempt]:
        """Yield what came of each attempt; nothing where the application owns nothing of this."""
        if owner := self._people.becoming(self._log.owner):
            yield from self._without_guards(owner)
        yield from self._hollowed()

    def _without_guards(self, owner: Identity) -> Iterator[Attempt]:
        """Switch off triggers, rules and policies, take the right, and delete; take a partition out."""
        name = self._log.name
        rules = self._connection.execute(_RULES, {"log": name}).fetchall()
        before = (
            f"alter table {name} disable trigger user;\n"
            f"alter table {name} disable row level security;\n"
            f"grant all on {name} to {identifier(owner.role)};\n"
        ) + "".join(f"{rule}\n" for (rule,) in rules)
        delete = f"delete from {name}"
        yield self._altering.first("DELETE without the guards of the log", [delete], owner, before)
        children = [part for part in self._parts if self._is_child(part)]
        if children and self._log.kind == "partitioned table":
            detach = [f"alter table {name} detach partition {part}" for part in children]
            yield self._altering.first("DETACH PARTITION", detach, owner)

    def _is_child(self, part: str) -> bool:
        relation = self._catalog.relation(part)
        return bool(relation and relation.parent == self._log.name)

    def _hollowed(self) -> Iterator[Attempt]:
        """Replace the functions that guard the log by such as let everything pass, or drop them; delete."""
        service = self._people.service()
        guards = {trigger.function for trigger in self._log.triggers}
        functions = [one for one in self._catalog.functions if one.name in guards]
        for function in functions:
            owner = self._people.becoming(function.owner)
            if owner is None or function.owner == self._log.owner:
                continue  # whoever owns the log as well takes the trigger off
            deeds = {
                "replaced": HOLLOW.format(function=function.name),
                "dropped": f"drop function {function.name}() cascade;",
            }
            for deed, sql in deeds.items():
                become = (f"set local role {identifier(one.role)};" for one in (owner, service))
                before = f"{next(become)}\n{sql}\n{next(become)}\n"
                statements = (f"delete from {self._log.name}", f"truncate {self._log.name}")
                named = f"DELETE after {function.name} was {deed}"
                yield self._altering.first(named, statements, service, before)
