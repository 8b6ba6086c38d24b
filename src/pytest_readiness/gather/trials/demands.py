"""Reads in the catalog what an index or a constraint asks of rows."""

from __future__ import annotations

from importlib.resources import files
from typing import TYPE_CHECKING

from pytest_readiness.judges.migrations.refused import Demand, demand_of, table_of

if TYPE_CHECKING:
    from pytest_readiness.evidence.migrations import Failure
    from pytest_readiness.gather.trials.scratch import Scratch

_NAMED = files(__package__).joinpath("demand.sql").read_text(encoding="utf-8")


def demand(scratch: Scratch, refused: Failure) -> Demand | None:
    """Return what refused rows, if it is there in the end and the table has no rows of the project.

    Where it has, they met it, and more than these may never be there.
    """
    name = demand_of(refused)
    with scratch.as_superuser():
        held = {"name": name, "table": table_of(refused)}
        found = scratch.connection.execute(_NAMED.encode(), held).fetchall() if name else []
        if len(found) != 1:
            return None
        named, table, names, columns, *said = found[0]
        row = scratch.connection.execute(f"select exists (select from {named})".encode()).fetchone()
    return None if row and row[0] else Demand(table, tuple(names), tuple(columns), *said)
