"""Whether a change is good: the finding is gone, nobody lost anything, and nothing new fails."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.vocabulary import Severity, Status

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.uses import Use
    from pytest_readiness.fixes.system import Change
    from pytest_readiness.vocabulary import Finding

Place = tuple[str, str]
"""Id of a check, and the subject of a finding of it."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """What all checks said of a target, and what people can do in it.

    Attributes:
        findings: By check and subject.
        severities: Of the checks.
        uses: Accesses that work.
        failure: Why the target could not be built; empty when it was.
        costs: Checks that tell of time alone.
    """

    findings: Mapping[Place, Finding]
    severities: Mapping[str, Severity]
    uses: frozenset[Use]
    failure: str = ""
    costs: frozenset[str] = frozenset()

    def having(self, status: Status) -> frozenset[Place]:
        """Return where findings have a status."""
        return frozenset(place for place, finding in self.findings.items() if finding.status is status)


def objections(place: Place, change: Change, before: Judgement, after: Judgement) -> tuple[str, ...]:
    """Return all that speaks against a change; nothing when it mends the finding and does no harm."""
    if after.failure:
        return (f"it cannot be applied: {after.failure}",)
    return tuple(_objections(place, change, before, after))


def _objections(place: Place, change: Change, before: Judgement, after: Judgement) -> Iterator[str]:
    now = after.findings.get(place)
    if now is not None and now.status is not Status.PASSED:
        yield f"{place[0]} is {now.status.value} still: {now.detail}"
    lost = sorted(use for use in before.uses - after.uses if use.subject not in change.gives_up)
    if lost:
        more = f", and {len(lost) - 1} more" if len(lost) > 1 else ""
        yield f"an access that worked is lost: {lost[0]}{more}"
    failed = after.having(Status.FAILED) - before.having(Status.FAILED)
    lessened = _blamed(before) - _blamed(after)
    for name, subject in sorted(failed):
        if before.severities.get(name) is Severity.INFO and subject in lessened:
            continue  # a note is what is left of something worse
        if name in before.costs and place[0] not in before.costs:
            continue  # harm is mended at that price
        if before.severities.get(name) is not Severity.INFO or _grew(name, before, after):
            yield f"{name} fails that did not: {after.findings[name, subject].detail}"
    unknown = after.having(Status.UNKNOWN) - before.having(Status.UNKNOWN) - {place}
    for name, subject in sorted(unknown):
        yield f"{name} of {subject} is unknown now: {after.findings[name, subject].detail}"


def _blamed(judged: Judgement) -> frozenset[str]:
    """Return what checks blame for more than a note."""
    failed = judged.having(Status.FAILED)
    return frozenset(subject for name, subject in failed if judged.severities.get(name) is not Severity.INFO)


def _grew(name: str, before: Judgement, after: Judgement) -> bool:
    """Whether more is open: what a check looks at by way of example may change with the target."""
    counts = [sum(check == name for check, _ in judged.having(Status.FAILED)) for judged in (before, after)]
    return counts[1] > counts[0]
