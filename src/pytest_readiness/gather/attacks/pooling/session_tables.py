"""Tables of the session that a function made, read by who is served on the connection next."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.evidence.attacks import Harm
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.judges.sql.keeping import reads_from

if TYPE_CHECKING:
    import psycopg

    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.gather.attacks.pooling.pool import Pool
    from pytest_readiness.target.identities import Identity

_SOME = 8
_TEMPORARY = """
select relname, format('pg_temp.%I', relname) from pg_class
where relnamespace = pg_my_temp_schema() and relkind in ('r', 'p', 'v') order by oid
"""


def left_in_tables(
    pool: Pool, connection: psycopg.Connection, function: Function, who: Identity, call: str
) -> Harm | None:
    """Read as bob what ends with the connection, and not with a request.

    Where a function reads such a table, it is there for functions, and what these show him is judged for
    itself: then he needs to run SQL of his own. Where none does, whoever called looks into it with SQL.
    """
    for name, table in connection.execute(_TEMPORARY).fetchall()[:_SOME]:
        look = f"select to_jsonb(t.*)::text from {table} t"
        if told := pool.told(pool.request(connection, pool.bob, look)):
            within = any(reads_from(one.body, name) for one in pool.field.catalog.functions)
            script = pool.next_request(who, call, f"table {table}")
            left = f"`{told[0]}`, which {function.name} left on the connection"
            by = f"{table} ends with the connection, and not with the transaction that made it"
            mend = f"Let {function.name} make {table} ON COMMIT DROP."
            kind, what = ("residual", f"{left}, in {table}") if within else ("read", left)
            return Harm(BOB.name, kind, table, ALICE.name, what, script, by, mend)
    return None
