"""Evidence of audit trails, made by hand."""

from dataclasses import replace

from pytest_readiness.evidence.audit import (
    AttackedLog,
    Attempt,
    AuditedTable,
    AuditEvidence,
    Log,
    LogAttacks,
    LogColumns,
    Write,
)

COLUMNS = LogColumns(
    table="table_name", operation="operation", old="old_data", new="new_data", changed="changed", at="at"
)
LOG = Log("public.audit_log", COLUMNS, "", numbered=("id",))
OLD = {"id": 1, "amount": 10, "note": None}
NEW = {"id": 1, "amount": 11, "note": None}


def write(verb, before, after, *, entry=None, recorded=True, **facts):
    changed = [key for key in before or {} if after and before[key] != after[key]] or None
    said = {
        "id": 7,
        "at": "2026-01-01",
        "table_name": "payments",
        "operation": verb,
        "old_data": before,
        "new_data": after,
        "changed": changed,
    }
    entries = ({**said, **(entry or {})},) if recorded else ()
    column = facts.pop("column", "")
    return Write(verb, column, "bob", before, after, entries, sql=f"{verb.lower()} payments", **facts)


INSERT = write("INSERT", None, NEW)
UPDATE = write("UPDATE", OLD, NEW, column="amount")
DELETE = write("DELETE", OLD, None)
TABLE = AuditedTable(
    "public.payments", LOG, "its trigger writes to public.audit_log", ("id",), "", (INSERT, UPDATE, DELETE)
)


def evidence(*writes, **facts):
    """Return one table with these writes."""
    return AuditEvidence((facts.get("log", LOG),), (replace(TABLE, writes=writes, **facts),))


def attacked(*attempts, entry="", nobody=""):
    """Return one log with these attempts on it."""
    return LogAttacks((AttackedLog(LOG, entry, attempts, nobody),))


def attempt(deed, actor="service_role", *, done=True, **facts):
    return Attempt(deed, actor, done, "entries went", f"{deed.lower()};", **facts)
