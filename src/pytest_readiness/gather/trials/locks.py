"""What statements do to tables that were there before: the locks they take, and the work under these."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.trials import Held
from pytest_readiness.judges.sql.statements import shortened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.gather.trials.scratch import Scratch
    from pytest_readiness.target.statements import Statement

_STRONG = ("ShareLock", "ShareRowExclusiveLock", "ExclusiveLock", "AccessExclusiveLock")
"""Locks that make writers wait; the last one, readers too. In the order of strength."""

_LOOK = """
select c.oid::bigint, c.relfilenode::bigint,
       array(select pg_relation_filenode(indexrelid)::bigint from pg_index
             where indrelid = c.oid and indisvalid),
       array(select oid::bigint from pg_constraint
             where conrelid = c.oid and contype in ('c', 'f') and convalidated),
       array(select attnum from pg_attribute
             where attrelid = c.oid and attnum > 0 and attnotnull and not attisdropped),
       coalesce((select max(attnum) from pg_attribute where attrelid = c.oid), 0),
       array(select mode from pg_locks
             where relation = c.oid and pid = pg_backend_pid() and locktype = 'relation'),
       coalesce((select string_agg(pg_get_constraintdef(oid), ' ') from pg_constraint
                 where conrelid = c.oid and contype = 'c' and convalidated), ''),
       current_setting('lock_timeout') <> '0',
       pg_stat_get_xact_tuples_updated(c.oid) + pg_stat_get_xact_tuples_deleted(c.oid)
from pg_class c where c.oid = any (%s)
"""

_TOUCHES = re.compile(
    r"(?:alter|create\s+(?:unique\s+)?index|create\s+(?:or\s+replace\s+)?(?:constraint\s+)?trigger|cluster|lock|do\b"
    r"|reindex|refresh|drop)\b",
    re.IGNORECASE,
)
_SEVERAL = 2
WRITES = "writes most rows"
_NOT_NULL = re.compile(r"\bIS NOT NULL\b")


@dataclass(frozen=True, slots=True)
class _Seen:
    file: int
    indexes: frozenset[int]
    valid: frozenset[int]
    filled: frozenset[int]
    last: int
    locks: frozenset[str]
    proven: bool
    limited: bool
    written: int


class Locks:
    """Watches the statements of a file; made in the transaction that it runs in.

    Args:
        scratch: Where it runs.
        rows: Of each table that is there, how many rows it holds.
    """

    def __init__(self, scratch: Scratch, rows: dict[str, int]) -> None:
        self._connection = scratch.connection
        named = [name for name, count in rows.items() if count]
        found = self._connection.execute(
            "select to_regclass(name)::oid::bigint, name from unnest(%s::text[]) name", (named,)
        ).fetchall()
        self._names = {oid: name for oid, name in found if oid}
        self._rows = rows
        self._seen = self._look() if self._names else {}
        self.held: list[Held] = []

    def _look(self) -> dict[int, _Seen]:
        found = self._connection.execute(_LOOK.encode(), (list(self._names),)).fetchall()
        return {
            oid: _Seen(
                file,
                frozenset(indexes),
                frozenset(valid),
                frozenset(filled),
                last,
                frozenset(locks) & set(_STRONG),
                bool(_NOT_NULL.search(checks)),
                limited,
                written,
            )
            for oid, file, indexes, valid, filled, last, locks, checks, limited, written in found
        }

    def before(self, statement: Statement) -> None:
        """Nothing is known of it yet."""

    def after(self, statement: Statement) -> None:
        """Compare what each table is with what it was before the statement."""
        waited_for = any(seen.locks for seen in self._seen.values())
        if not self._seen or not (waited_for or _TOUCHES.match(statement.text)):
            return
        now = self._look()
        for oid, seen in now.items():
            old = self._seen.get(oid)
            lock = max(seen.locks, key=_STRONG.index, default="")
            if old is None or not lock:
                continue
            name = self._names[oid]
            text, rows = shortened(statement.text), self._rows[name]
            for what in _work(old, seen, rows):
                self.held.append(Held(name, text, statement.line, lock, what, seen.limited, rows))
            if _STRONG[-1] in old.locks:
                self.held += [
                    Held(name, text, statement.line, lock, WRITES, seen.limited, rows, self._names[other])
                    for other, written in now.items()
                    if other != oid and self._written(other, written)
                ]
        self._seen = now

    def _written(self, oid: int, now: _Seen) -> bool:
        old = self._seen.get(oid)
        return old is not None and _writes_most(old, now, self._rows[self._names[oid]])

    def ended(self, statement: Statement) -> None:
        """Tell which tables were written anew by a statement that ended its transactions, locks and all."""
        if not self._seen:
            return
        for oid, now in self._look().items():
            old, name = self._seen.get(oid), self._names[oid]
            if old and old.file != now.file:
                text, rows = shortened(statement.text), self._rows[name]
                self.held.append(Held(name, text, statement.line, _STRONG[-1], "rewrites", now.limited, rows))


def _work(old: _Seen, new: _Seen, rows: int) -> Iterator[str]:
    if old.file != new.file:
        yield "rewrites"
        return
    if new.indexes - old.indexes:
        yield "builds an index"
    if new.valid - old.valid:
        yield "validates"
    if any(number <= old.last for number in new.filled - old.filled) and not old.proven:
        yield "scans"
    if old.locks and _writes_most(old, new, rows):
        yield WRITES


def _writes_most(old: _Seen, new: _Seen, rows: int) -> bool:
    """Whether most rows were written: these will be most of production's, however few they are here."""
    return new.written - old.written >= max(_SEVERAL, rows / 2)
