"""The words that a log has for tables, where these are not their names, learned from entries."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import value
from pytest_readiness.judges.sql.lexis import last_name, underscored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from pytest_readiness.evidence.audit import Log
    from pytest_readiness.evidence.echoes import Echo

_LABEL = re.compile(r"[^\W\d][\w .:/\\-]{0,80}")
_LAST = re.compile(r"[.:/\\\s]+")
_PLURAL = (("ies", "y"), ("ses", "s"), ("s", ""))


def labels_of(log: Log, echoes: Sequence[Echo], tables: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Return tables, each with the one word that all of its writes left, and no other table's did.

    A word that is the name of another table is told of that, and so no label.

    Args:
        log: Where the entries are.
        echoes: What writes left in it.
        tables: Qualified names of all tables that there are.
    """
    if not log.columns.table or log.mirrored:
        return ()
    said: dict[str, set[str]] = {}
    for echo in echoes:
        if echo.entries:
            held = {str(value(entry, log.columns.table) or "") for entry in echo.entries}
            said[echo.table] = said.get(echo.table, held) & held
    found = {table: next(iter(held)) for table, held in said.items() if len(held) == 1}
    times = Counter(found.values())
    return tuple(
        (table, label)
        for table, label in sorted(found.items())
        if times[label] == 1 and _LABEL.fullmatch(label) and not any(_of_others(table, label, tables))
    )


def _of_others(table: str, label: str, tables: Collection[str]) -> Iterator[bool]:
    own, meant = _stem(last_name(table)), _stem(_LAST.split(label)[-1])
    yield from (meant == _stem(last_name(other)) != own for other in tables if other != table)


def _stem(name: str) -> str:
    lower = underscored(name).lower()
    return next((lower.removesuffix(s) + one for s, one in _PLURAL if lower.endswith(s)), lower)
