"""ISO012: a connection keeps nothing of whom it served before."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.attacks import Harm, SessionEvidence
from pytest_readiness.judges.isolation.assaults import judge


@check(
    id="ISO012",
    title="A connection keeps nothing of whom it served",
    severity=Severity.BLOCKER,
    needs=Strength.ATTACKED,
    rationale=(
        "A pool hands one connection to one user after another. A setting that outlives its transaction "
        "makes the next user the one before, a temporary table serves him the rows of the one before, and so "
        "does a plan with the answer of a function in it that is wrongly called IMMUTABLE; a notification "
        "reaches whoever listens, large objects whoever asks."
    ),
    remediation=(
        "Set what belongs to a request with set_config(…, true) or SET LOCAL, make temporary tables ON "
        "COMMIT DROP, declare STABLE what asks who calls, send keys and no content in notifications, and "
        "store files in rows."
    ),
    references=(
        "https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-SET",
        "https://cwe.mitre.org/data/definitions/488.html",
    ),
)
def connections_keep_nothing(sessions: SessionEvidence) -> Iterator[Finding]:
    """Judge whatever leaves something behind by what the next user gets of it."""
    yield from judge(
        sessions,
        kinds={"read"},
        say=_say,
        fix="Let {} leave nothing behind: settings local to the transaction, no content for others.",
    )


def _say(subject: str, harm: Harm) -> str:
    return f"As {harm.actor} I got {harm.victim}'s data by way of {subject}: {harm.relation}, {harm.what}."
