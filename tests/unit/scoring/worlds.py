"""Worlds for property tests: sets of results, many of them nearly ready, with few wounds."""

from dataclasses import replace

from hypothesis import strategies as st

from pytest_readiness.areas import AREAS
from pytest_readiness.scoring.result import CheckResult, Judged
from pytest_readiness.vocabulary import CheckSpec, Finding, Severity, Status, Strength

SILENT = ("skipped", "xfailed", "lost", "not run", "error")


def finding(subject, status, reason=""):
    return Judged(Finding(subject, status, detail=f"{subject} {status.value}", reason=reason))


def sound(name, area, severity, count):
    return CheckResult(
        CheckSpec(name, f"guarantee {name}", severity, Strength.ATTACKED),
        area,
        tuple(finding(f"s{i}", Status.PASSED) for i in range(count)),
        Strength.ATTACKED,
    )


severities = st.sampled_from(list(Severity))
areas = st.sampled_from(list(AREAS))


@st.composite
def sound_worlds(draw, min_size=1):
    size = draw(st.integers(min_size, 7))
    first = sound("ISO001", "isolation", Severity.BLOCKER, draw(st.integers(1, 4)))
    rest = [
        sound(f"C{i:03}", draw(areas), draw(severities), draw(st.integers(1, 14))) for i in range(size - 1)
    ]
    return [first, *rest]


wounds = st.one_of(
    st.just((Status.FAILED, "")),
    st.just((Status.UNKNOWN, "inconclusive")),
    st.sampled_from(SILENT).map(lambda reason: (Status.UNKNOWN, reason)),
)


def wounded(result, index, wound):
    status, reason = wound
    findings = list(result.findings)
    if findings:
        findings[index % len(findings)] = finding(f"s{index % len(findings)}", status, reason)
    return replace(result, findings=tuple(findings))


@st.composite
def worlds(draw):
    """Half of them have at most two wounds: wrong rules differ on those."""
    world = draw(sound_worlds())
    count = draw(st.one_of(st.integers(0, 2), st.integers(3, 20)))
    for _ in range(count):
        index = draw(st.integers(0, len(world) - 1))
        world[index] = wounded(world[index], draw(st.integers(0, 13)), draw(wounds))
    return world
