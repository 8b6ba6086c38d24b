"""What was written to audited tables, and what the log says about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Row = dict[str, Any]
"""A row as ``to_jsonb`` gives it."""


@dataclass(frozen=True, slots=True)
class LogColumns:
    """Where the log keeps what; an empty name is something that it does not keep."""

    schema: str = ""
    table: str = ""
    operation: str = ""
    row: str = ""
    old: str = ""
    new: str = ""
    changed: str = ""
    actor: str = ""
    at: str = ""


@dataclass(frozen=True, slots=True)
class Write:
    """One write to an audited table.

    Attributes:
        verb: INSERT, UPDATE, DELETE or TRUNCATE.
        column: The column that an UPDATE changed; else empty.
        actor: The role that wrote.
        before: The row before, or None.
        after: The row after, or None.
        entries: The log's new rows.
        sqlstate: Of a refusal or an error; empty when the write succeeded.
        message: Of the server, with that SQLSTATE.
        sql: What a person pastes to see it again.
    """

    verb: str
    column: str
    actor: str
    before: Row | None
    after: Row | None
    entries: tuple[Row, ...]
    sqlstate: str = ""
    message: str = ""
    sql: str = ""


@dataclass(frozen=True, slots=True)
class AuditedTable:
    """All writes to one table.

    Attributes:
        table: Schema-qualified name.
        why: Why it is expected in the log: declared, has an audit trigger, holds money.
        key: Names of its primary key.
        parts: Its partitions and inheritance children, as which a row may be recorded too.
        unfilled: Why it could not be written to; empty when it could.
    """

    table: str
    why: str
    key: tuple[str, ...]
    unfilled: str
    writes: tuple[Write, ...]
    parts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuditEvidence:
    """The audit log and all writes that should be in it.

    Attributes:
        log: Schema-qualified name; empty when there is none.
        guess: How log and columns were recognised; empty when they were declared.
        absent: Why there is nothing to audit; empty when there is.
    """

    log: str
    columns: LogColumns
    guess: str
    tables: tuple[AuditedTable, ...]
    absent: str = ""

    @classmethod
    def merge(cls, parts: Sequence[AuditEvidence]) -> AuditEvidence:
        """Join the parts of all shards, ordered by table."""
        tables = sorted((table for part in parts for table in part.tables), key=lambda t: t.table)
        first = parts[0]
        return cls(first.log, first.columns, first.guess, tuple(tables), first.absent)


def value(entry: Mapping[str, Any], column: str) -> Any:  # noqa: ANN401  whatever the log holds
    """Return what an entry holds in one of the log's columns; None when it has no such column."""
    return entry.get(column) if column else None
