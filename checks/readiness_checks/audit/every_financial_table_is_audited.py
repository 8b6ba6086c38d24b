"""AUD008: every table that holds money is audited."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import AuditedTable, AuditEvidence, Unheeded, UnheededEvidence
from pytest_readiness.judges.audit.trail import entries_about


@check(
    id="AUD008",
    title="Every table that holds money is audited, new ones too",
    severity=Severity.HIGH,
    needs=Strength.ATTACKED,
    rationale=(
        "Lists of audited tables go stale: the table through which money moves tomorrow is made by a later "
        "migration, and nobody remembers the trigger."
    ),
    remediation=(
        "Attach the recording trigger in the migration that creates the table. Where a table needs none, "
        'declare those that do: [audit] tables = ["public.payments", …]'
    ),
    references=("https://www.postgresql.org/docs/current/event-triggers.html",),
)
def every_financial_table_is_audited(audit: AuditEvidence, idle: UnheededEvidence) -> Iterator[Finding]:
    """Tell tables without any entry, logs that nothing reaches, and what is declared in vain."""
    for name, why in audit.missing:
        yield _gone(name, why)
    for log in idle.logs:
        yield _unheeded(log)
    for table in audit.tables:
        if table.recorded:
            yield passed(table.table, f"{table.why}")
        elif any(entries_about(table, write) for write in table.writes):
            yield passed(table.table, f"what is written to it reaches {table.log.name}")
        elif table.unfilled or (table.writes and all(write.sqlstate for write in table.writes)):
            refused = table.unfilled or "every write to it was refused"
            yield unknown(table.table, f"it could not be written to directly: {refused}")
        else:
            yield _missing(table)


def _unheeded(idle: Unheeded) -> Finding:
    functions = ", ".join(idle.functions)
    tried = f": rows of {idle.tried} tables left no entry" if idle.tried else ""
    return failed(
        idle.log,
        f"Nothing is audited in {idle.log}: {functions} is there to write it, and no trigger runs it{tried}.",
        reproduce=idle.sql or f"\\d {idle.log}",
        fix=f"Attach {idle.functions[0]} to each table that belongs in {idle.log}, again where one was "
        "rebuilt; or drop it, if the application writes the log itself.",
    )


def _gone(name: str, why: str) -> Finding:
    return failed(
        name,
        f"{name}: {why}.",
        reproduce=f"\\d {name}",
        fix="Find the migration that drops or renames it, or mend [audit] in the settings.",
    )


def _missing(table: AuditedTable) -> Finding:
    written = next((w for w in table.writes if not w.sqlstate), None)
    tried = written.sql if written else f"\\d {table.table}"
    return failed(
        table.table,
        f"{table.table} is not audited: {table.why}, and no write to it leaves an entry in {table.log.name}.",
        reproduce=tried,
        fix=f"Attach the recording trigger of {table.log.name} to {table.table}, or declare the tables that "
        "belong in it: [audit] tables = […]",
    )
