"""Recognises an audit log, its columns, and the tables that belong in it, from the catalog alone."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import LogColumns
from pytest_readiness.evidence.catalog import TABLE_KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Column, Relation
    from pytest_readiness.settings import Audit

_INSERT = re.compile(r"insert\s+into\s+((?:\"[^\"]+\"|\w+)(?:\.(?:\"[^\"]+\"|\w+))?)", re.IGNORECASE)

_SYNONYMS = {
    "schema": ("table_schema", "schema_name", "schema"),
    "table": (
        "table_name",
        "tbl",
        "relation",
        "relname",
        "entity_type",
        "entity",
        "object_type",
        "resource",
        "table",
    ),
    "operation": ("operation", "op", "action", "event", "event_type", "verb", "tg_op"),
    "row": ("row_id", "record_id", "entity_id", "object_id", "row_pk", "pk"),
    "old": ("old_data", "old_row", "old_record", "old_values", "old", "before", "row_before", "previous"),
    "new": ("new_data", "new_row", "new_record", "new_values", "new", "after", "row_after", "row_data"),
    "changed": ("changed_fields", "changed_columns", "changed", "changed_keys"),
    "actor": ("user_id", "actor", "actor_id", "changed_by", "performed_by"),
    "at": ("created_at", "at", "changed_at", "occurred_at", "recorded_at", "ts", "logged_at", "action_at"),
}
_MONEY_NAME = re.compile(
    r"(^|_)(amount|balance|total|subtotal|price|fee|tax|tokens|credits|cents|paid|due|debit|credit)(_|$)"
)
_MONEY_TYPE = re.compile(r"^(numeric|money|bigint|integer|double precision|real)")


@dataclass(frozen=True, slots=True)
class Log:
    """An audit log.

    Attributes:
        relation: The table.
        columns: Where it keeps what.
        guess: How it was recognised; empty when all was declared.
    """

    relation: Relation
    columns: LogColumns
    guess: str


def find_log(catalog: CatalogEvidence, settings: Audit) -> Log | None:
    """Return the declared log, or the table that triggers of other tables write their changes to."""
    if settings.log:
        relation = next((r for r in catalog.relations if f"{r.schema}.{r.table}" == settings.log), None)
        return Log(relation, _columns(relation, settings), "") if relation else None
    for relation in catalog.relations:
        columns = _columns(relation, settings)
        writers = [other for other in catalog.relations if other != relation and writes_to(other, relation)]
        if writers and columns.operation and (columns.table or columns.old or columns.new):
            return Log(relation, columns, f"triggers of {len(writers)} tables write to {relation.name}")
    return None


def writes_to(relation: Relation, log: Relation) -> bool:
    """Whether a trigger of a relation mentions an INSERT into the log."""
    names = {log.table, f"{log.schema}.{log.table}"}
    return any(
        name.replace('"', "") in names
        for trigger in relation.triggers
        for name in _INSERT.findall(trigger.body)
    )


def expected_tables(
    catalog: CatalogEvidence, log: Relation, settings: Audit, owned: Mapping[str, object]
) -> dict[str, str]:
    """Return the tables that belong in the log, with the reason for each.

    Without a declaration these are the tables whose triggers write to it, and the tables that
    hold somebody's money: in a system that keeps a trail, one that is not in it is a gap.
    """
    expected: dict[str, str] = {}
    for relation in catalog.relations:
        if relation.kind not in TABLE_KINDS or relation.name == log.name or relation.parent:
            continue
        if settings.tables:
            plain = f"{relation.schema}.{relation.table}"
            if any(fnmatchcase(plain, pattern) for pattern in settings.tables):
                expected[relation.name] = "declared"
        elif writes_to(relation, log):
            expected[relation.name] = f"its trigger writes to {log.name}"
        elif relation.name in owned and (column := _money(relation)):
            expected[relation.name] = f"it holds somebody's money ({column.name})"
    return expected


def _money(relation: Relation) -> Column | None:
    return next(
        (c for c in relation.columns if _MONEY_NAME.search(c.name) and _MONEY_TYPE.match(c.type)), None
    )


def _columns(relation: Relation, settings: Audit) -> LogColumns:
    names = {column.name for column in relation.columns}
    found = {
        role: next((name for name in candidates if name in names), "")
        for role, candidates in _SYNONYMS.items()
    }
    declared = {role: name for role in found if (name := getattr(settings.columns, role))}
    return replace(LogColumns(), **{**found, **declared})
