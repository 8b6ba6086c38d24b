"""Looks in entries for the owner of the function that writes them, where who acted should stand."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.evidence.audit import value
from pytest_readiness.evidence.places import WITHIN
from pytest_readiness.judges.audit.attribution import RECORDER
from pytest_readiness.judges.audit.recorders import recorders, says_the_owner
from pytest_readiness.target.identities import Identity
from pytest_readiness.target.quoting import identifier

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from pytest_readiness.evidence.audit import Claim, Log
    from pytest_readiness.evidence.catalog import CatalogEvidence, Function
    from pytest_readiness.gather.trail.claiming import Acted, Claiming


class Definers:
    """Reads the entries of one table's writes, in a transaction that the caller rolls back.

    Args:
        claiming: Makes writes to the table.
        catalog: Of the target.
        log: Where the entries are.
    """

    def __init__(self, claiming: Claiming, catalog: CatalogEvidence, log: Log) -> None:
        self._claiming = claiming
        self._connection = claiming.writer.connection
        self._relation = claiming.writer.relation
        self._log = log
        own = catalog.relation(log.name)
        self._superuser = self._connection.info.user
        self._functions = tuple(recorders(catalog, self._relation, *([own] if own else [])))

    def all(self, made: Sequence[Acted]) -> Iterator[Claim]:
        """Yield the columns that hold the name of such an owner, whoever of several writes.

        Args:
            made: Writes that leave entries, each of somebody else.
        """
        if not self._functions or not made:
            return
        # Where all act in one role, only a superuser is somebody else, and may write whatever policies say.
        superuser = Identity("a superuser", "", self._superuser, made[0].actor.statements)
        acts = [*made, replace(made[0], actor=superuser)]
        told = [(acted, self._entry(acted)) for acted in acts]
        held = [(_known(acted.actor), entry) for acted, entry in told if entry]
        for owner in dict.fromkeys(function.owner for function in self._functions):
            for column in says_the_owner(held, owner, self._places(held)):
                false = next((acted for acted in made if acted.actor.role != owner), None)
                if false and self._follows(false, column, owner):
                    yield self._claiming.claim(false, column, owner, about=RECORDER, lie=owner)

    def _entry(self, acted: Acted) -> Mapping[str, Any] | None:
        """Return what an entry of a write holds, the keys of its documents among it."""
        done = self._claiming.writer.run(acted.sql, acted.actor, before=acted.before, keep=False)
        if not done.entries:
            return None
        entry = done.entries[0]
        inner = ((f"{name}{WITHIN}{key}", one) for name, kept in entry.items() for key, one in _items(kept))
        return {**entry, **dict(inner)}

    def _places(self, held: Sequence[tuple[tuple[str, str], Mapping[str, Any]]]) -> list[str]:
        """Return where an entry holds something else than what the row held."""
        columns = self._log.columns
        images = {columns.old, columns.new, columns.changed} - {""}
        own = {column.name for column in self._relation.columns} if self._log.mirrored else set()
        names = dict.fromkeys(name for _, entry in held for name in entry)
        return [name for name in names if not {name, name.partition(WITHIN)[0]} & (images | own)]

    def _follows(self, acted: Acted, column: str, owner: str) -> bool:
        """Whether a place holds another name when the functions belong to somebody else."""
        functions = [function for function in self._functions if function.owner == owner]
        with self._handed_over(functions) as other:
            done = self._claiming.writer.run(acted.sql, acted.actor, before=acted.before, keep=False)
            return bool(other and done.entries) and value(done.entries[0], column) == other

    @contextmanager
    def _handed_over(self, functions: Sequence[Function]) -> Iterator[str]:
        """Give functions to an owner who is nobody else, and take them back; empty where that cannot be."""
        # Two runs on one server may do so at once, and a name can be taken by one of them alone.
        other = f"readiness_owner_{self._connection.info.backend_pid}"
        given = "".join(f"alter function {one.signature} owner to {identifier(other)};" for one in functions)
        self._connection.execute("savepoint handed_over")
        try:
            self._connection.execute(f"create role {identifier(other)} superuser; {given}".encode())
        except psycopg.Error:
            other = ""
        try:
            yield other
        finally:
            self._connection.execute("rollback to handed_over")


def _known(actor: Identity) -> tuple[str, str]:
    """Return the names that an entry may have for who acted."""
    return actor.role, actor.login or actor.role


def _items(kept: object) -> Iterator[tuple[str, Any]]:
    if isinstance(kept, dict):
        yield from kept.items()
