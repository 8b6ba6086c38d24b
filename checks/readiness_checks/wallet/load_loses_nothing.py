"""WAL014: under load every read sees all the money, and the ledger is what was answered."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.load import LoadEvidence
from pytest_readiness.judges.wallet.load import judged


@check(
    id="WAL014",
    title="Under load every read sees all the money, and the ledger is what was answered",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A transfer that was answered and is not in the ledger, or is in the ledger and was not answered, is "
        "a dispute that nobody can settle; a read that misses money in flight is a wrong statement."
    ),
    remediation=(
        "Answer as done only what was committed, and let a call that cannot have its locks fail; read "
        "balances without locks, from committed rows."
    ),
    references=(
        "https://github.com/jepsen-io/jepsen",
        "https://www.postgresql.org/docs/current/transaction-iso.html",
    ),
)
def load_loses_nothing(load: LoadEvidence) -> Iterator[Finding]:
    """Compare reads with the sum of all money, and the ledger with the answers."""
    yield from judged(load)
