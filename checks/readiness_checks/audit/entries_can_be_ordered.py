"""AUD009: entries can be put in order."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.audit import AuditEvidence, Chain, ChainEvidence, Log
from pytest_readiness.judges.audit.trail import times_of


@check(
    id="AUD009",
    title="Entries can be put in order, and what links them is one chain",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "now() is the time at which the transaction began: all its entries have the same, and with a random "
        "key nothing tells which change came first. Hashes that link each entry to the last one fork where "
        "two transactions, or two rows of one statement, see the same last one, and a branch can be cut off."
    ),
    remediation=(
        "Give the log a number that counts up, as an identity does, or use clock_timestamp(). Take a lock "
        "before the last entry is read, and let what links entries be unique."
    ),
    references=(
        "https://www.postgresql.org/docs/current/functions-datetime.html#FUNCTIONS-DATETIME-CURRENT",
    ),
)
def entries_can_be_ordered(audit: AuditEvidence, linked: ChainEvidence) -> Iterator[Finding]:
    """Look for a number or a time that differs among the entries of one transaction, and for forks."""
    for chain in linked.chains:
        yield _unbroken(chain)
    for log in audit.logs:
        tables = [table for table in audit.tables if table.log.name == log.name]
        yield from _judge(log, [times for table in tables if (times := times_of(table))])


def _unbroken(chain: Chain) -> Finding:
    subject = f"{chain.log}.{chain.link or 'links'}"
    if chain.unsure:
        return unknown(subject, f"whether its entries stay one chain was not seen: {chain.unsure}")
    if not chain.forks:
        return passed(subject, _tried(chain))
    _, count = chain.forks[0]
    if chain.alone:
        return failed(
            subject,
            f"One statement that wrote several rows left {count} entries in {chain.log} with the same "
            f"{chain.link}: the chain forks.",
            reproduce=chain.sql,
            fix="Write one entry after another, each after the last one is read: one INSERT … SELECT sees "
            "only what was there before it, and a trigger FOR EACH ROW sees all.",
        )
    return failed(
        subject,
        f"Two sessions that wrote at once left {count} entries in {chain.log} with the same {chain.link}: "
        "the chain forks.",
        reproduce=chain.sql,
        fix="Take pg_advisory_xact_lock(…) before the last entry is read: select pg_advisory_xact_lock("
        f"'{chain.log}'::regclass::oid::bigint)",
    )


def _tried(chain: Chain) -> str:
    rows = f", and rows written at once ({', '.join(chain.strokes)})," if chain.strokes else ""
    untried = "; ".join(f"{verb} of rows at once was not tried: {why}" for verb, why in chain.unstruck)
    return f"two sessions that wrote at once{rows} made one chain{untried and f'; {untried}'}"


def _judge(log: Log, times: list[list[str]]) -> Iterator[Finding]:
    several = [found for found in times if len(found) > 1]
    if log.numbered:
        yield passed(log.name, f"{log.numbered[0]} counts up")
    elif not several:
        return
    elif any(len(set(found)) > 1 for found in several):
        yield passed(log.name, f"{log.columns.at or 'the time of a version'} goes on within a transaction")
    else:
        yield failed(
            log.name,
            f"{len(several[0])} changes of one transaction have the same {log.columns.at or 'time'} in "
            f"{log.name}, and no number.",
            reproduce=f"table {log.name};",
            fix=f"alter table {log.name} add column entry_number bigint generated always as identity",
        )
