"""Makes each write to a table as the first who may: the backend, a user, or the table's owner."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import Privileges
from pytest_readiness.evidence.people import ALICE
from pytest_readiness.gather.synthesis.refusals import insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.trail.turn import Turn
from pytest_readiness.judges.audit.authors import OWNER_NAME, Author, authors
from pytest_readiness.target.identities import Identity
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.gather.synthesis.row import Row
    from pytest_readiness.gather.synthesis.rows import RowMaker
    from pytest_readiness.gather.trail.people import People
    from pytest_readiness.gather.trail.writer import Writer

_CONSTRAINED = "23"
"""Class of the SQLSTATEs by which a row is refused, whoever writes it."""

_SETTING = re.compile(r"set_config\s*\(\s*'([\w.]+)'|\bset\s+(?:local\s+)?(\w+\.[\w.]+)", re.IGNORECASE)
_RIGHTS = """
with columns as (
  select attrelid, attnum, attname from pg_attribute
  where attrelid = %(table)s::regclass and attnum > 0 and not attisdropped
)
select
  array(select attname::text from columns where has_column_privilege(%(role)s, attrelid, attnum, 'insert')),
  array(select attname::text from columns where has_column_privilege(%(role)s, attrelid, attnum, 'update')),
  array(select verb from unnest(array['delete', 'truncate']) verb
        where has_table_privilege(%(role)s, %(table)s, verb))
"""


class Turns:
    """Takes turns at writing to one table, in a transaction that its caller rolls back.

    Args:
        writer: Runs the statements.
        relation: What is written to: the table of the writer, or a part of it.
        catalog: Of the target.
        people: Who may act.
    """

    def __init__(self, writer: Writer, relation: Relation, catalog: CatalogEvidence, people: People) -> None:
        self.writer = writer
        self.relation = relation
        self.catalog = catalog
        self.people = people
        self.alice = people.user(ALICE)
        self.service = self._unspoken(people.service())
        told = people.with_claims(ALICE)
        users = [user for user in (self.alice, told) if user]
        self._actors = {
            Author.BACKEND: [self.service],
            Author.USER: users,
            Author.OWNER: [self._owner(user) for user in users or [self.service]],
        }
        self._backend = self._rights(self.service.role)
        self._made: dict[str, tuple[Author, Identity]] = {}

    def of(self, part: Relation) -> Turns:
        """Return the turns at a part of the table."""
        return Turns(self.writer, part, self.catalog, self.people)

    def may(self, verb: str, column: str = "") -> tuple[Author, ...]:
        """Return who is to try a write, in their order."""
        user = self.alice.role if self.alice else ""
        return authors(self.catalog, self.relation, self._backend, user, verb, column)

    @property
    def barred(self) -> bool:
        """Whether others than the backend write what it may not."""
        return any(Author.BACKEND not in self.may(verb) for verb in ("INSERT", "UPDATE", "DELETE"))

    @property
    def main(self) -> tuple[Author, Identity]:
        """Who changed the row, or made it; the backend where nobody could."""
        found = (self._made.get(verb) for verb in ("UPDATE", "INSERT"))
        return next((one for one in found if one), (Author.BACKEND, self.service))

    def take(self, verb: str, sql: str, column: str = "", *, keep: bool = True, sees: str = "") -> Turn:
        """Run a statement as the first whom the server lets change something with it."""

        def run(author: Author, actor: Identity) -> Turn:
            return Turn(author, actor, sql, self.writer.run(sql, actor, keep=keep, sees=sees))

        return self._first(verb, column, run)

    def insert(self, row: Row) -> Turn:
        """Put in a row; what others than the backend put in is taken away again."""

        def run(author: Author, actor: Identity) -> Turn:
            sql = self._granted(row, actor) if author is Author.USER else row.sql
            return Turn(author, actor, sql, self.writer.run(sql, actor, keep=author is Author.BACKEND))

        return self._first("INSERT", "", run)

    def _first(self, verb: str, column: str, run: Callable[[Author, Identity], Turn]) -> Turn:
        found: Turn | None = None
        for author in self.may(verb, column):
            for actor in self._actors[author]:
                turn = run(author, actor)
                found = found or turn
                if turn.done.gone or turn.done.new:
                    self._changed(verb, turn)
                    return turn
                if turn.done.sqlstate.startswith(_CONSTRAINED):
                    return found
        return found or run(Author.BACKEND, self.service)

    def _changed(self, verb: str, turn: Turn) -> None:
        known = self._made.get(verb)
        if known is None or _rank(turn.author) < _rank(known[0]):
            self._made[verb] = turn.author, turn.actor

    def _granted(self, row: Row, actor: Identity) -> str:
        """Return the statement that puts in a row, without the columns that a user may not set."""
        held = self.relation.privileges.get(actor.role, Privileges()).insert
        columns = [column for column in self.relation.columns if column.writable]
        if all(column.name in held for column in columns):
            return row.sql
        granted = [c.name for c in columns if c.name in held and row.texts.get(c.name) is not None]
        return insert_sql(self.relation, {name: row.texts[name] for name in granted})

    def _unspoken(self, service: Identity) -> Identity:
        """Return the backend without what alice left in the transaction: she may act in the same role."""
        said = () if service.statements or self.alice is None else self.alice.statements
        settings = dict.fromkeys(a or b for text in said for a, b in _SETTING.findall(text))
        empty = tuple(f"select set_config({literal(name)}, '', true)" for name in settings)
        return replace(service, statements=(*service.statements, *empty))

    def _owner(self, caller: Identity) -> Identity:
        """Return the owner, told of the caller as functions are that she calls."""
        return Identity(OWNER_NAME, self.relation.owner, self.relation.owner, caller.statements)

    def _rights(self, role: str) -> Privileges:
        given = {"role": role, "table": self.relation.name}
        found = self.writer.connection.execute(_RIGHTS, given).fetchone()
        insert, update, others = found or ((), (), ())
        return Privileges(insert=tuple(insert), update=tuple(update), others=tuple(others))


def join(maker: RowMaker, relation: Relation, owners: Owners) -> None:
    """Let alice belong to her tenant, where that asks for no row of this table."""
    for membership in owners.memberships:
        belonging = maker.catalog.relation(membership.relation)
        if belonging and relation.name not in _beneath(maker.catalog, belonging):
            with suppress(CannotFillError):
                maker.make(belonging, ALICE)


def _beneath(catalog: CatalogEvidence, relation: Relation) -> set[str]:
    """Return the names of a relation and of all that it refers to."""
    found, todo = {relation.name}, [relation]
    while todo:
        targets = {key.target for key in todo.pop().foreign_keys} - found
        found |= targets
        todo += [target for name in targets if (target := catalog.relation(name))]
    return found


def _rank(author: Author) -> int:
    return list(Author).index(author)
