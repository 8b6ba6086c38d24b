"""Rows in the tables of a replayed history, so that each file meets them as it would in production."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.catalog import read_catalog
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.gather.synthesis.rows import RowMaker
from pytest_readiness.judges.owners.ownership import infer

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.target.target import Target

_QUIET = "set session_replication_role = replica"
"""Triggers that do not say ALWAYS stay silent: the rows are there as if they had been for long."""
_AMOUNT = 12
"""What a number is in place of nought, which would be the same after a factor."""
_NUMBERS = {"smallint", "integer", "bigint", "numeric", "double precision", "real"}


def varied(relation: Relation, where: str, *, empty: bool) -> list[str]:
    """Return the columns of a row that may be NULL, or those that hold amounts, by which it is not found.

    Args:
        relation: Its table.
        where: How it is found.
        empty: Whether those that may be NULL are asked for.
    """
    keys = relation.link_columns
    return [
        column.quoted
        for column in relation.columns
        if column.writable
        and column.quoted not in where
        and column.name not in relation.primary_key
        and (
            not column.not_null and not column.default
            if empty
            else column.type.partition("(")[0] in _NUMBERS and column.name not in keys
        )
    ]


class Filling:
    """Fills tables as they appear, and can take its rows out again."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._tried: set[str] = set()
        self._rows: list[tuple[str, str]] = []
        self.said: list[str] = []
        """The files so far, which may have filled what is NULL in the rows of the trial."""

    def fill(self, scratch: Scratch, names: set[str]) -> bool:
        """Give each of these tables two rows, and their parents; return whether any was made."""
        if names <= self._tried:
            return False
        profile = self._target.profile
        catalog = read_catalog(scratch.connection, profile.platform_schemas, ())
        new = [r for r in catalog.relations if r.name in names - self._tried and r.kind in TABLE_KINDS]
        self._tried |= names
        owners = infer(catalog, self._target.settings.isolation, profile.users)
        maker = RowMaker(scratch.connection, catalog, owners, profile.users, self._target.seed)
        scratch.connection.execute(_QUIET)
        made = len(self._rows)
        for person in (ALICE, BOB):
            with contextlib.suppress(psycopg.Error):
                maker.sign_up(person)
            for relation in new:
                with contextlib.suppress(CannotFillError, psycopg.Error):
                    where = maker.make(relation, person).where
                    self._rows.append((relation.name, where))
                    self._vary(scratch, relation, where, empty=person is BOB)
        scratch.rest()
        return len(self._rows) > made

    @staticmethod
    def _vary(scratch: Scratch, relation: Relation, where: str, *, empty: bool) -> None:
        """Leave one row NULL where it may be, and let numbers of the other change with whatever is done."""
        for column in varied(relation, where, empty=empty):
            value = "null" if empty else f"coalesce(nullif({column}, 0), {_AMOUNT})"
            with contextlib.suppress(psycopg.Error):
                scratch.connection.execute(
                    f"update {relation.name} set {column} = {value} where {where}".encode()
                )

    def empty(self, scratch: Scratch, table: str = "") -> bool:
        """Take the rows of a table out again, or all, the last ones first; return whether there were any."""
        mine = [one for one in self._rows if not table or one[0].rpartition(".")[2].strip('"') == table]
        try:
            with scratch.connection.transaction():
                self.take_out(scratch, mine)
        except psycopg.Error:
            return False
        finally:
            scratch.rest()
        self._rows = [one for one in self._rows if one not in mine]
        self._tried -= {name for name, _ in mine}  # what the file leaves may take others
        return bool(mine)

    def take_out(self, scratch: Scratch, rows: list[tuple[str, str]] | None = None) -> None:
        """Do so in the open transaction, and know them still."""
        with scratch.as_superuser():
            scratch.connection.execute(_QUIET.replace("set ", "set local "))
            for relation, where in reversed(self._rows if rows is None else rows):
                there = scratch.connection.execute("select to_regclass(%s)", (relation,)).fetchone()
                if there and there[0]:
                    scratch.connection.execute(f"delete from {relation} where {where}".encode())
            scratch.connection.execute("set local session_replication_role = origin")
