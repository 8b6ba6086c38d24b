"""AUD010: what the trail does not hold, as the server and its design have it."""

from collections.abc import Iterator
from itertools import islice

from pytest_readiness import Finding, Severity, Strength, check, failed, passed
from pytest_readiness.evidence.audit import AttackedLog, AuditEvidence, LogAttacks
from pytest_readiness.judges.audit.log_attacks import borrowed, handed_on, left_by_owner, refusals
from pytest_readiness.judges.audit.room import full_from
from pytest_readiness.judges.audit.trail import (
    begins_with_transaction,
    changes_alone,
    in_replica_mode,
    tombstones,
)

_REPLICA = "the trail in replica mode"
_SHOWN = 5
"""How many tables are told by name."""


@check(
    id="AUD010",
    title="What the trail leaves out by the design of the server",
    severity=Severity.INFO,
    needs=Strength.ATTACKED,
    rationale=(
        "A trail inside the database ends where the rights of its owner begin, and with a transaction that "
        "is rolled back. Whoever relies on it has to know what it cannot tell. Everybody may execute a new "
        "function, and so attach it to a table of his own."
    ),
    remediation=(
        "ENABLE ALWAYS for recording triggers, triggers on the log that refuse its owner too, "
        "clock_timestamp() for the time, and for what is refused an outbox, or a block with EXCEPTION. "
        "Revoke EXECUTE on what records from PUBLIC: triggers that are there do not ask for it."
    ),
    references=("https://www.postgresql.org/docs/current/sql-altertable.html",),
)
def what_the_trail_leaves_out(audit: AuditEvidence, attacks: LogAttacks) -> Iterator[Finding]:
    """List the residue of each table and log."""
    yield from _in_replica_mode(audit)
    for table in audit.tables:
        if changes_alone(table):
            text = f"{table.log.name} records UPDATE of {table.table} alone, not who made or removed a row."
            yield failed(f"{table.table}: changes alone", text, reproduce=table.writes[0].sql)
        for write in islice(tombstones(table), 1):
            text = (
                f"{table.log.name} does not hold what a deleted row of {table.table} was: its last version "
                "is that of the entry before."
            )
            yield failed(f"{table.table}: deleted rows", text, reproduce=write.sql)
    for log in audit.logs:
        if begins_with_transaction([table for table in audit.tables if table.log.name == log.name]):
            text = f"{log.columns.at} of {log.name} is when the transaction began, not when the row changed."
            yield failed(f"{log.name}: time", text, reproduce=f"table {log.name};")
    for ending in audit.endings:
        if until := full_from(ending):
            text = (
                f"{ending.log} has no partition for entries from {until} on, nor one for all else: no write "
                "to what is audited succeeds from then on, unless somebody makes one."
            )
            yield failed(f"{ending.log}: room", text, reproduce=f"\\d+ {ending.log}")
    for attacked in attacks.logs:
        yield from _residue(attacked)


def _in_replica_mode(audit: AuditEvidence) -> Iterator[Finding]:
    """Tell of all tables at once: a server that replays what another recorded does so for all."""
    tried = [(table.table, *told) for table in audit.tables for told in in_replica_mode(table)]
    untold: dict[str, list[str]] = {}
    for table, verb, _, recorded in tried:
        if not recorded:
            untold.setdefault(verb, []).append(table)
    if untold:
        what = "; ".join(f"{verb} of {_listed(tables)}" for verb, tables in untold.items())
        text = f"Under session_replication_role = replica, as only a superuser may say, {what} left no entry."
        write = next(write for _, _, write, recorded in tried if not recorded)
        yield failed(_REPLICA, text, reproduce=write.sql)
    elif tried:
        yield passed(_REPLICA)


def _listed(tables: list[str]) -> str:
    more = f" and {len(tables) - _SHOWN} more" if len(tables) > _SHOWN else ""
    return f"{', '.join(tables[:_SHOWN])}{more}"


def _residue(attacked: AttackedLog) -> Iterator[Finding]:
    name = attacked.log.name
    owner = left_by_owner(attacked)
    if owner:
        text = f"The owner of {name} may still {', '.join(attempt.deed for attempt in owner)} its entries."
        yield failed(f"{name}: its owner", text, reproduce=owner[0].sql)
    elif any(attempt.owner for attempt in attacked.attempts):
        yield passed(f"{name}: its owner")
    for attempt in handed_on(attacked):
        text = f"Whoever gets a row reads in {name} {attempt.detail}."
        subject = f"{name}: {attempt.deed}"
        yield failed(subject, text, reproduce=attempt.sql) if attempt.done else passed(subject)
    for function, attempt in borrowed(attacked):
        subject = f"{name}: {function} on another table"
        text = (
            f"Whoever runs SQL as {attempt.actor} attaches {function} to {attempt.detail}, and leaves "
            f"an entry in {name} of what never was."
        )
        fix = f"revoke execute on function {function}() from public, {attempt.actor};"
        yield failed(subject, text, reproduce=attempt.sql, fix=fix) if attempt.done else passed(subject)
    for attempt in refusals(attacked):
        text = f"{attempt.detail}: what was refused left no entry in {name}."
        yield failed(attempt.deed, text, reproduce=attempt.sql) if attempt.done else passed(attempt.deed)
