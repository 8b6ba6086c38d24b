"""Puts rows into a database as their people, and takes over those that triggers made first."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import psycopg

from pytest_readiness.gather.synthesis import adoption
from pytest_readiness.gather.synthesis.outside import ReachedOutsideError
from pytest_readiness.gather.synthesis.refusals import Refusal, found_by, insert_sql
from pytest_readiness.gather.synthesis.row import CannotFillError, Row
from pytest_readiness.gather.synthesis.values import canary, text_of

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.synthesis.acting import Acting
    from pytest_readiness.gather.synthesis.contents import Contents
    from pytest_readiness.gather.synthesis.present import Present
    from pytest_readiness.gather.synthesis.refusals import Values

_SUMS = {"integer", "bigint", "numeric", "double precision", "real"}
_PLENTY = 1_000_000


@dataclass(frozen=True)
class Inserter:
    """Inserts rows, and says of each what it is in the end.

    Attributes:
        acting: Runs statements as a person's.
        present: Looks for rows.
        contents: Says what rows hold.
        owners: Of all relations.
    """

    acting: Acting
    present: Present
    contents: Contents
    owners: Owners

    def run(self, person: Person, sql: str) -> Any:  # noqa: ANN401  whatever the statement returns
        """Run a statement as a person's; what it reaches outside of the copy is a reason not to."""
        try:
            return self.acting.run(person, sql)
        except ReachedOutsideError as error:
            raise CannotFillError(f"what its triggers do: {error}") from None

    def tried(self, relation: Relation, person: Person, values: Values) -> Row | Refusal:
        """Return the row as the server keeps it, or why it does not."""
        sql = insert_sql(relation, values)
        try:
            stored = self.run(person, f"{sql} returning to_jsonb({relation.name}.*)")
        except psycopg.Error as error:
            return Refusal.of(relation, error)
        if stored is None:
            return Refusal("trigger", "", "a trigger swallowed the row")
        return self.row(relation, person, stored, sql)

    def adopted(
        self, relation: Relation, person: Person, keys: Values, tried: Values, refusal: Refusal
    ) -> Row | None:
        """Find the row that a trigger has made for the person already, and mark it."""
        parts = self.contents.parts(relation, person)
        owned = self.owners.owned.get(relation.name)
        users = owned.users if owned else ()
        for condition in adoption.conditions(relation, keys, users, tried, refusal.taken):
            found = self.present.first(relation.name, condition)
            if not found:
                continue
            left = adoption.completed(relation, found, keys)
            for change in (*left, *adoption.marked(relation, keys, parts)):
                with suppress(psycopg.Error):  # this column takes no such value; others may
                    self.run(person, f"update {relation.name} set {change} where {condition}")
            return self.row(relation, person, self.present.first(relation.name, condition) or found, "")
        return None

    def enriched(self, relation: Relation, person: Person, row: Row, keys: Collection[str]) -> Row:
        """Return a row in which all sums are large, as far as its constraints allow it."""
        referring = {name for key in relation.foreign_keys for name in key.columns}
        fixed = {*relation.primary_key, *referring, *keys}
        sql = row.sql
        for column in relation.columns:
            if column.type in _SUMS and column.name not in fixed and column.writable:
                update = f"update {relation.name} set {column.quoted} = {_PLENTY} where {row.where}"
                try:
                    self.run(person, f"set local session_replication_role = replica; {update}")
                except psycopg.Error:
                    continue  # a CHECK bounds it
                sql = f"{sql};\n{update}" if sql else ""
        found = self.present.first(relation.name, row.where)
        return self.row(relation, person, found, sql) if found else row

    def unsaid(
        self, relation: Relation, person: Person, row: Row, refused: str, keys: Collection[str]
    ) -> Row:
        """Return a row without the texts of it that a refusal of another row quotes, where they may lack.

        What was made up there says something to a trigger: books are closed through it.
        """
        fixed, sql = {*relation.primary_key, *keys}, row.sql
        for column in relation.columns:
            value = row.stored.get(column.name)
            quoted = isinstance(value, str) and value in row.canaries and value in refused
            if quoted and not column.not_null and column.writable and column.name not in fixed:
                update = f"update {relation.name} set {column.quoted} = null where {row.where}"
                with suppress(psycopg.Error):  # a CHECK asks for one
                    self.run(person, f"set local session_replication_role = replica; {update}")
                    sql = f"{sql};\n{update}" if sql else ""
        found = self.present.first(relation.name, row.where)
        return self.row(relation, person, found, sql) if found else row

    def row(self, relation: Relation, person: Person, stored: Mapping[str, Any], sql: str) -> Row:
        """Return a row that is in the database, as JSON has it, with what was recognised in it."""
        said = {column.name: text_of(column, stored[column.name]) for column in relation.columns}
        found = json.dumps(stored)
        texts = (canary(*self.contents.parts(relation, person), column.name) for column in relation.columns)
        return Row(
            relation.name,
            person.name,
            stored,
            said,
            found_by(relation, said),
            sql,
            tuple(text for text in texts if text in found),
        )
