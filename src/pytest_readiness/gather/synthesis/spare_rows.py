"""Rows of tables that are empty and nobody's, as they could be made: without any, no write reaches one.

They are made for an attempt and undone with it: whoever reads a row that names no owner is told of otherwise.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from pytest_readiness.evidence.people import NOBODY
from pytest_readiness.gather.synthesis.row import CannotFillError
from pytest_readiness.judges.owners.private_people import kept_private

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.gather.synthesis.rows import RowMaker


def spares(maker: RowMaker, tables: Iterable[Relation]) -> Iterator[tuple[str, tuple[str, ...], str]]:
    """Yield empty tables without owners, with what makes a row of each.

    They are those that some client may write to, or that show him private people. The last is why
    nothing does; empty where something does.

    Args:
        maker: Of the rows of people, as they are.
        tables: All there are.
    """
    for relation in tables:
        held = relation.privileges.values()
        written = any(one.update or "delete" in one.others for one in held)
        shown = {name for one in held for name in one.select}
        wanted = written or kept_private(relation, shown)
        if relation.name in maker.owners.owned or not wanted or _is_filled(maker.connection, relation):
            continue
        tried = maker.copy()
        try:
            with maker.connection.transaction(force_rollback=True):
                tried.make(relation, NOBODY)
                made = tried.setup(relation, NOBODY)
        except (CannotFillError, psycopg.Error) as error:
            yield relation.name, (), str(error).partition("\n")[0]
        else:
            yield relation.name, tuple(statement.removesuffix(";") for statement in made), ""


def _is_filled(connection: psycopg.Connection, relation: Relation) -> bool:
    found = connection.execute(f"select exists (select from {relation.name})".encode()).fetchone()
    return bool(found and found[0])
