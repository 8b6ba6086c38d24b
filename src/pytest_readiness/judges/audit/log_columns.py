"""Where an audit log keeps what: told by the names of its columns, and by what entries have shown."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.audit import LogColumns
from pytest_readiness.judges.sql.lexis import snake_case

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Relation
    from pytest_readiness.judges.audit.echoes import Learned

_SYNONYMS = {
    "schema": ("table_schema", "schema_name", "schema"),
    "table": (
        *("table_name", "tbl", "relation", "relname", "entity_type", "entity", "object_type", "resource"),
        *("target_table", "source_table", "tablename", "model", "table"),
    ),
    "operation": ("operation", "op", "action", "event", "event_type", "verb", "tg_op", "change_type", "dml"),
    "row": ("row_id", "record_id", "entity_id", "object_id", "row_pk", "record_pk", "row_key", "pk"),
    "old": (
        *("old_data", "old_row", "old_record", "old_values", "old_value", "old", "before", "before_data"),
        *("row_before", "previous", "old_state"),
    ),
    "new": (
        *("new_data", "new_row", "new_record", "new_values", "new_value", "new", "after", "after_data"),
        *("row_after", "new_state", "row_data", "record", "row_image", "snapshot"),
    ),
    "changed": (
        *("changed_fields", "changed_columns", "changed", "changed_keys", "changes", "diff"),
        *("changed_field", "changed_column", "field_name", "field", "column_name", "attribute"),
    ),
    "actor": (
        *("user_id", "actor", "actor_id", "changed_by", "performed_by", "done_by", "modified_by", "who"),
        *("acting_user", "acting_user_id", "actor_user_id", "changed_by_id", "author_id", "account_id"),
    ),
    "at": (
        *("created_at", "at", "changed_at", "occurred_at", "recorded_at", "ts", "logged_at", "action_at"),
        *("performed_at", "event_time", "timestamp", "happened_at", "action_tstamp_clk"),
    ),
    "session": ("session_id", "session", "session_key"),
    "correlation": ("correlation_id", "request_id", "trace_id", "correlation"),
    "address": ("ip_address", "ip", "client_ip", "client_addr", "remote_addr", "ip_addr"),
    "agent": ("user_agent", "agent", "client_agent"),
}
_ROLES = LogColumns.__slots__
_SEEN = ("old", "new", "operation")
"""What entries show beyond doubt."""


def named_columns(relation: Relation, declared: LogColumns) -> LogColumns:
    """Return the declared columns, and others by their names."""
    present = {snake_case(column.name): column.name for column in reversed(relation.columns)}
    found = {
        role: next((present[name] for name in candidates if name in present), "")
        for role, candidates in _SYNONYMS.items()
    }
    return replace(LogColumns(), **{**found, **_given(declared)})


def completed(relation: Relation, declared: LogColumns, shown: Learned) -> LogColumns:
    """Return the columns that names tell, and for what these leave open those that entries have shown.

    Whom an entry is about may be named like who acted: where entries show who acted, they are believed.
    """
    named = named_columns(relation, declared)
    if shown.actors and named.actor not in shown.actors and not declared.actor:
        named = replace(named, actor=shown.actors[0])
    return _filled(named, shown)


def shown_first(relation: Relation, declared: LogColumns, shown: Learned) -> LogColumns:
    """Return the same, where what entries have shown of images and verbs comes before names."""
    seen = {role: name for role in _SEEN if (name := getattr(shown.columns, role))}
    named = completed(relation, declared, shown)
    # The names of images mean it otherwise.
    if (named.old, named.new) == (shown.columns.new, shown.columns.old):
        seen = {role: name for role, name in seen.items() if role == "operation"}
    freed = {role: "" for role in _ROLES if role not in seen and getattr(named, role) in seen.values()}
    return _filled(replace(named, **{**freed, **seen, **_given(declared)}), shown)


def _filled(named: LogColumns, shown: Learned) -> LogColumns:
    taken = {name for role in _ROLES if (name := getattr(named, role))}
    open_ = (role for role in _ROLES if not getattr(named, role))
    more = {role: name for role in open_ if (name := getattr(shown.columns, role)) and name not in taken}
    return replace(named, **more)


def _given(declared: LogColumns) -> dict[str, str]:
    return {role: name for role in _ROLES if (name := getattr(declared, role))}
