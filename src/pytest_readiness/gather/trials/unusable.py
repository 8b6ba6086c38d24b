"""Leaves indexes as a CREATE INDEX CONCURRENTLY that failed leaves them, and applies their file again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.statements import controls, keeps_index
from pytest_readiness.target.migrations import apply_again

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from pytest_readiness.evidence.migrations import Migration
    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.target.statements import Statement

_MADE = """
select format('%%I.%%I', n.nspname, c.relname), w.number - 1
from unnest(%s::text[], %s::text[], %s::text[]) with ordinality w(index, schema, relation, number)
join pg_class c on c.relname = w.index join pg_index i on i.indexrelid = c.oid
join pg_class t on t.oid = i.indrelid and t.relname = w.relation
join pg_namespace n on n.oid = t.relnamespace and w.schema in ('', n.nspname)
where format('index %%s of %%I.%%I', c.relname, n.nspname, t.relname) = any(%s::text[])
"""
"""Of new indexes, those that statements name: without a schema, only the path told whose it is."""
_SPOIL = "update pg_index set indisvalid = false where indexrelid in (select unnest(%s::text[])::regclass)"
_STILL = """
select name from unnest(%s::text[]) name join pg_index i on i.indexrelid = to_regclass(name)
where not i.indisvalid
"""


def unusable(
    scratch: Scratch, migration: Migration, statements: Sequence[Statement], new: Collection[str]
) -> tuple[str, Statement] | None:
    """Return an index that a second application does not make whole, and the statement that passes over it.

    A file of that one statement is what everybody advises, and whoever deploys it hears that it failed: it is
    not tried.

    Args:
        scratch: As the file left it.
        migration: The file.
        statements: Its statements.
        new: What the file made, as a state names it.
    """
    wanted = [(name, s) for s in statements if (name := keeps_index(s.text))]
    if not wanted or not [s for s in statements if not controls(s.text)][1:]:
        return None
    with scratch.copied() as copy:
        names = [list(part) for part in zip(*(name for name, _ in wanted), strict=True)]
        found = copy.connection.execute(_MADE, (*names, sorted(new))).fetchall()
        made = {index: wanted[place][1] for index, place in found}
        copy.connection.execute(_SPOIL, (list(made),))
        copy.become_owner()
        again = apply_again(copy.connection, migration)
        copy.rest()
        row = None if again else copy.connection.execute(_STILL, (list(made),)).fetchone()
    return (row[0], made[row[0]]) if row else None
