"""Rows in the tables of a replayed history, so that each file meets them as it would in production."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.catalog import read_catalog
from pytest_readiness.gather.synthesis.rows import CannotFillError, RowMaker
from pytest_readiness.judges.ownership import infer

if TYPE_CHECKING:
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.target.target import Target

_QUIET = "set session_replication_role = replica"
"""Triggers that do not say ALWAYS stay silent: the rows are there as if they had been for long."""


class Filling:
    """Fills tables as they appear, and can take its rows out again."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._tried: set[str] = set()
        self._rows: list[tuple[str, str]] = []

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
                    self._rows.append((relation.name, maker.make(relation, person).where))
        scratch.rest()
        return len(self._rows) > made

    def empty(self, scratch: Scratch) -> bool:
        """Take all rows out again, the last ones first; return whether that was possible."""
        try:
            with scratch.connection.transaction():
                self.take_out(scratch)
        except psycopg.Error:
            return False
        finally:
            scratch.rest()
        self._rows.clear()
        return True

    def take_out(self, scratch: Scratch) -> None:
        """Do so in the open transaction, and know them still."""
        with scratch.as_superuser():
            scratch.connection.execute(_QUIET.replace("set ", "set local "))
            for relation, where in reversed(self._rows):
                there = scratch.connection.execute("select to_regclass(%s)", (relation,)).fetchone()
                if there and there[0]:
                    scratch.connection.execute(f"delete from {relation} where {where}".encode())
            scratch.connection.execute("set local session_replication_role = origin")
