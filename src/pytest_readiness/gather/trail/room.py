"""Asks until when a log that is partitioned by time has room for entries."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import Ending
from pytest_readiness.judges.sql.lexis import last_name, names, plain

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    import psycopg

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.catalog import CatalogEvidence

_ENDS = """
select p.partdefid <> 0, to_jsonb(now()) #>> '{}',
  array(select pg_get_expr(c.relpartbound, c.oid) from pg_inherits i join pg_class c on c.oid = i.inhrelid
        where i.inhparent = p.partrelid)
from pg_partitioned_table p where p.partrelid = %s::regclass and p.partstrat = 'r' and p.partnatts = 1
"""
_UPPER = re.compile(r"\bTO \((?:'([^']+)'|(\w+))\)")
_MAKES = re.compile(r"\bpartition\s+of\b|\bcreate_parent\b", re.IGNORECASE)


def endings(
    connection: psycopg.Connection, catalog: CatalogEvidence, logs: Iterable[Log]
) -> Iterator[Ending]:
    """Yield the last bounds of logs that nothing of the target makes partitions for."""
    makers = [names(text) for f in catalog.functions if _MAKES.search(text := plain(f.body))]
    for log in logs:
        if any(last_name(log.name) in said for said in makers):
            continue
        for default, now, bounds in connection.execute(_ENDS, (log.name,)).fetchall():
            uppers = [found[1] for bound in bounds if (found := _UPPER.search(bound))]
            if not default and uppers and all(uppers):
                yield Ending(log.name, tuple(sorted(uppers)), now)
