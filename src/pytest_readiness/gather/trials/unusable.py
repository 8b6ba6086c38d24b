"""Leaves indexes as a CREATE INDEX CONCURRENTLY that failed leaves them, and applies their file again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.statements import controls, keeps_index
from pytest_readiness.target.migrations import apply_again

if TYPE_CHECKING:
    from collections.abc import Sequence

    from pytest_readiness.evidence.migrations import Migration
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.target.statements import Statement

_SPOIL = """
update pg_index set indisvalid = false where indexrelid in (select oid from pg_class where relname = any(%s))
"""
_STILL = """
select c.relname from pg_index i join pg_class c on c.oid = i.indexrelid
where not i.indisvalid and c.relname = any(%s)
"""


def unusable(
    scratch: Scratch, migration: Migration, statements: Sequence[Statement]
) -> tuple[str, Statement] | None:
    """Return an index that a second application does not make whole, and the statement that passes over it.

    A file of that one statement has nothing else to be whole with: it is not tried.

    Args:
        scratch: As the file left it.
        migration: The file.
        statements: Its statements.
    """
    made = {name: s for s in statements if (name := keeps_index(s.text))}
    if not made or not [s for s in statements if not controls(s.text)][1:]:
        return None
    with scratch.copied() as copy:
        copy.connection.execute(_SPOIL, (list(made),))
        copy.become_owner()
        again = apply_again(copy.connection, migration)
        copy.rest()
        row = None if again else copy.connection.execute(_STILL, (list(made),)).fetchone()
    return (row[0], made[row[0]]) if row else None
