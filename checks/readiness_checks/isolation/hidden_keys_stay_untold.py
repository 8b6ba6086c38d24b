"""ISO007: the server tells nobody which values another tenant has."""

from collections.abc import Iterator

from pytest_readiness import Finding, Severity, Strength, check
from pytest_readiness.evidence.attacks import Assaults, Harm, InferenceEvidence, WriteEvidence
from pytest_readiness.judges.isolation.assaults import judge


@check(
    id="ISO007",
    title="Nobody learns which values another tenant has",
    severity=Severity.MEDIUM,
    needs=Strength.ATTACKED,
    rationale=(
        "A key that must be unique among all tenants answers the question whether another one has it: a "
        "phone number, an e-mail address, a booking. A reference to a hidden row answers as well."
    ),
    remediation=(
        "Let the tenant be part of the key: unique (owner, phone), and foreign keys (owner, id). "
        "A function says of what is somebody else's what it says of what is not there."
    ),
    references=(
        "https://www.postgresql.org/docs/current/ddl-rowsecurity.html",
        "https://cwe.mitre.org/data/definitions/204.html",
    ),
)
def hidden_keys_stay_untold(inferences: InferenceEvidence, writes: WriteEvidence) -> Iterator[Finding]:
    """Judge each relation by what the server says of values that somebody else has."""
    told = [one for one in writes.assaults if any(harm.kind == "told" for harm in one.harms)]
    yield from judge(
        Assaults((*inferences.assaults, *told), undeclared=inferences.undeclared),
        kinds={"told"},
        say=_say,
        fix=(
            "Let the owner's column be part of the key on {}, or refuse in the same words whether it is "
            "there or not. If the value is public, declare it: "
            "[isolation] world_readable."
        ),
    )


def _say(subject: str, harm: Harm) -> str:
    return f"As {harm.actor} I asked {subject} for what {harm.victim} has: {harm.what}."
