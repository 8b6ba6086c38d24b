"""WAL011: a call that lost its connection has one effect once it is made again."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.wallet import CrashEvidence, Rule
from pytest_readiness.judges.wallet.trials import judged


@check(
    id="WAL011",
    title="A call that lost its connection has one effect once it is made again",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "Whoever loses the connection at COMMIT cannot know whether the money moved, and has nothing but the "
        "key to ask again with, from another connection."
    ),
    remediation=(
        "Keep the key in a table, under a unique constraint, in the transaction that moves the money; "
        "nothing that belongs to a session may stand in for it."
    ),
    references=("https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/",),
)
def a_lost_answer_costs_nothing(crash: CrashEvidence) -> Iterator[Finding]:
    """Judge what the wallets gained from the lost call and its repetition together."""
    yield from judged(Rule.CRASH, crash.trials, crash.unassessed)
