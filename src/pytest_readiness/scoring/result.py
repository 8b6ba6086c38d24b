"""What the run saw of each check, and what that amounts to."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from typing import TYPE_CHECKING

from pytest_readiness.vocabulary import Severity, Status

if TYPE_CHECKING:
    from pytest_readiness.vocabulary import CheckSpec, Finding, Strength

CONCLUDED = "inconclusive"
"""The only reason for *unknown* that means somebody looked. All others mean that nobody did."""

_WHOLE = 10
"""From this many findings on, one more failure costs a tenth, however many passes stand beside it."""


class Outcome(Enum):
    """What a check amounts to as a whole."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"
    NOT_APPLICABLE = "not_applicable"


@dataclass(frozen=True, slots=True)
class Judged:
    """A finding, and the waiver's reason when it is accepted."""

    finding: Finding
    waived: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the guarantee was seen broken, waived or not."""
        return self.finding.status is Status.FAILED

    @property
    def unknown(self) -> bool:
        """Whether nothing is known of the subject."""
        return self.finding.status is Status.UNKNOWN

    @property
    def open(self) -> bool:
        """Failed and not waived."""
        return self.failed and self.waived is None

    @property
    def silent(self) -> bool:
        """Unknown because nobody looked (skipped, crashed, not run), and not waived."""
        return self.unknown and self.finding.reason != CONCLUDED and self.waived is None


@dataclass(frozen=True, slots=True)
class CheckResult:
    """All that is known of one check.

    Attributes:
        spec: Its metadata.
        area: The area that it counts in.
        findings: One for each subject; none means that nothing was judged.
        strength: The weakest evidence that it was judged on; None when there was none.
        absent: Why the part of the target that it speaks of does not exist; empty when it does.
        not_applicable: The reason in the settings; empty when it applies.
        duration_s: Seconds spent in the check and in gathering what it was first to need.
    """

    spec: CheckSpec
    area: str
    findings: tuple[Judged, ...] = ()
    strength: Strength | None = None
    absent: str = ""
    not_applicable: str = ""
    duration_s: float = 0.0

    @property
    def applies(self) -> bool:
        """Whether it counts at all."""
        return not (self.absent or self.not_applicable)

    @property
    def outcome(self) -> Outcome:
        """The worst of its findings; unknown when there are none."""
        if not self.applies:
            return Outcome.NOT_APPLICABLE
        if any(judged.failed for judged in self.findings):
            return Outcome.FAILED
        if not self.findings or any(judged.unknown for judged in self.findings):
            return Outcome.UNKNOWN
        return Outcome.PASSED

    @property
    def open(self) -> bool:
        """Whether a failure stands that nobody accepted."""
        return any(judged.open for judged in self.findings)

    @property
    def silent(self) -> bool:
        """Whether somebody kept it from being judged, in whole or in part."""
        return not self.findings or any(judged.silent for judged in self.findings)

    @property
    def proven(self) -> bool:
        """Whether it holds for at least one subject, or all that is against it was accepted."""
        return bool(self.findings) and any(
            judged.finding.status is Status.PASSED or judged.waived is not None for judged in self.findings
        )

    @property
    def waived(self) -> bool:
        """Whether a waiver covers any of its findings."""
        return any(judged.waived is not None for judged in self.findings)

    def credit(self, *, optimistic: bool = False) -> Fraction:
        """Share of its weight that is earned, from 0 to 1.

        Args:
            optimistic: Count every unknown as if it passed.
        """
        against = sum(judged.failed or (judged.unknown and not optimistic) for judged in self.findings)
        if not self.findings:
            return Fraction(int(optimistic))
        if self.spec.severity is Severity.BLOCKER:
            return Fraction(int(against == 0))
        return max(Fraction(0), 1 - Fraction(against, min(len(self.findings), _WHOLE)))

    @property
    def assessed(self) -> Fraction:
        """Share of its subjects of which something is known."""
        if not self.findings:
            return Fraction(0)
        return Fraction(sum(not judged.unknown for judged in self.findings), len(self.findings))

    @property
    def failing(self) -> Fraction:
        """Share of its subjects that fail, and that nobody accepted."""
        return Fraction(sum(judged.open for judged in self.findings), len(self.findings) or 1)
