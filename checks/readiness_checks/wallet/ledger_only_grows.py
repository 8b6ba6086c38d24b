"""WAL007: entries of the ledger are never changed or removed."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check, failed, passed, unknown
from pytest_readiness.evidence.wallet import LedgerEvidence
from pytest_readiness.judges.wallet.ledger import silent


@check(
    id="WAL007",
    title="Entries of the ledger are never changed or removed",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A ledger that its own application can rewrite proves nothing. A trigger for each row never fires on "
        "TRUNCATE, and a revoked privilege never binds the owner, as whom most applications connect."
    ),
    remediation=(
        "Raise in a trigger BEFORE UPDATE OR DELETE for each row and in one BEFORE TRUNCATE for each "
        "statement, and let them fire ALWAYS."
    ),
    references=("https://www.postgresql.org/docs/current/sql-createtrigger.html",),
)
def ledger_only_grows(ledger: LedgerEvidence) -> Iterator[Finding]:
    """Judge each attempt to rewrite it."""
    if silence := silent(ledger):
        # UPDATE and DELETE of no row succeed wherever a trigger would have raised.
        yield silence
        return
    for write in ledger.writes:
        subject = f"{ledger.table}: {write.verb} by {write.role}"
        if write.changed:
            where = "it" if write.table == ledger.table else f"its part {write.table}"
            yield failed(subject, f"{write.verb} of {where} by {write.role} was done", reproduce=write.script)
        elif write.setup:
            yield unknown(subject, write.setup)
        else:
            yield passed(subject, write.message or "it was done, and changed nothing")
