"""WAL013: a call that ran into a time limit leaves nothing behind, and nobody waiting."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import Rule, TimeoutEvidence
from pytest_readiness.judges.wallet.trials import judged


@check(
    id="WAL013",
    title="A call that ran into a time limit leaves nothing behind, and nobody waiting",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Under load every wallet runs into limits. A function that catches one in the midst of a transfer "
        "commits half of it, and a lock of the session outlives the call in a pool that never closes."
    ),
    remediation=(
        "Let lock_not_available and query_canceled reach the caller; use locks of the transaction "
        "(pg_advisory_xact_lock, row locks), which end with it."
    ),
    references=(
        "https://www.postgresql.org/docs/current/runtime-config-client.html#GUC-LOCK-TIMEOUT",
        "https://www.postgresql.org/docs/current/explicit-locking.html#ADVISORY-LOCKS",
    ),
)
def a_time_out_leaves_nothing(timeouts: TimeoutEvidence) -> Iterator[Finding]:
    """Judge what the wallets gained from the call that was ended and from the one after it."""
    yield from judged(Rule.TIMEOUT, timeouts.trials, ())
