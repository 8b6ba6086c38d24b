"""The decision: go, conditional, no-go or unknown, and the sentence that says why."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from pytest_readiness.areas import AREAS
from pytest_readiness.scoring.result import Outcome
from pytest_readiness.scoring.score import floor
from pytest_readiness.vocabulary import Damage, Severity, Strength

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from pytest_readiness.scoring.result import CheckResult
    from pytest_readiness.scoring.score import Score
    from pytest_readiness.vocabulary import Finding

GO_RAW = 90
GO_ASSESSED = 95


class Decision(Enum):
    """Whether the release may go, from best to worst."""

    GO = "go"
    CONDITIONAL = "conditional"
    NO_GO = "no-go"
    UNKNOWN = "unknown"

    @property
    def rank(self) -> int:
        """Position in the order, 0 being the best."""
        return list(Decision).index(self)


@dataclass(frozen=True, slots=True)
class Decided:
    """The decision with its reasons, worst first."""

    value: Decision
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Completeness:
    """Whether the run was the whole run.

    Attributes:
        complete: Whether it came to its end.
        partial: What on the command line made it a part of the run; empty when nothing did.
        has_database: Whether the target has one, so that isolation has to be in scope.
        unfounded: Why the target was built from nothing; empty where it was built from something.
    """

    complete: bool = True
    partial: str = ""
    has_database: bool = True
    unfounded: str = ""


def decide(results: Sequence[CheckResult], score: Score, run: Completeness) -> Decided:
    """Decide from results, their score and the completeness of the run."""
    undecided = list(_undecided(results, score, run))
    if undecided:
        return Decided(Decision.UNKNOWN, tuple(undecided))
    ordered = sorted(results, key=_importance)
    against = list(_no_go(ordered))
    if against:
        return Decided(Decision.NO_GO, tuple(against))
    conditions = list(_conditions(ordered, score, run))
    if conditions:
        return Decided(Decision.CONDITIONAL, tuple(conditions))
    return Decided(Decision.GO, ())


def blockers(results: Sequence[CheckResult]) -> tuple[CheckResult, ...]:
    """Return the checks that forbid the release, most important first."""
    return tuple(result for result in sorted(results, key=_importance) if _blocks(result))


def worst(result: CheckResult) -> Finding | None:
    """Return the open finding that tells most: content that was read before what was only changed."""
    found = [judged.finding for judged in result.findings if judged.open]
    return min(found, key=_telling, default=None)


def _telling(finding: Finding) -> tuple[int, bool]:
    """Order findings by their damage; a value that a person recognises says more than a count."""
    rank = finding.damage.rank if finding.damage else len(Damage)
    return rank, "canary-" not in finding.detail


def _importance(result: CheckResult) -> tuple[bool, float, tuple[int, bool], str]:
    found = worst(result)
    told = _telling(found) if found else (len(Damage), True)
    return (not result.open, -AREAS[result.area].weight, told, result.spec.id)


def _blocks(result: CheckResult) -> bool:
    return (
        result.applies
        and result.spec.severity is Severity.BLOCKER
        and (result.open or result.silent or not result.proven)
    )


def _undecided(results: Sequence[CheckResult], score: Score, run: Completeness) -> Iterable[str]:
    if not run.complete:
        yield "the run did not come to its end"
    if run.partial:
        yield f"only a part was run: {run.partial}"
    if run.unfounded and not score.assessed:
        yield run.unfounded
    if not results:
        yield "there is no check in the catalogue"
    elif not score.areas:
        yield "nothing is in scope"


def _no_go(results: Iterable[CheckResult]) -> Iterable[str]:
    for result in results:
        if not _blocks(result):
            continue
        found = worst(result)
        if found is not None:
            yield found.detail
        else:
            yield f"{result.spec.id} ({result.spec.title}) was not proven: {_why(result)}"


def _why(result: CheckResult) -> str:
    judged = next((judged for judged in result.findings if judged.unknown), None)
    if judged is None:
        return "nothing was judged"
    finding = judged.finding
    return f"{finding.subject}: {finding.detail}" if finding.detail else finding.reason


def _conditions(results: Sequence[CheckResult], score: Score, run: Completeness) -> Iterable[str]:
    for result in results:
        if not result.applies:
            continue
        name = f"{result.spec.id} ({result.spec.title})"
        if result.spec.severity is Severity.BLOCKER and result.outcome is Outcome.UNKNOWN:
            yield f"{name} is not known for everything: {_why(result)}"
        elif result.spec.severity is Severity.HIGH and (result.open or result.silent):
            found = worst(result)
            told = found.detail if found and found.damage else f"{name} fails"
            yield told if result.open else f"{name} was not judged"
        if result.waived:
            yield f"{name} is waived in part or whole"
    if score.raw < GO_RAW:
        yield f"the score is {floor(score.raw)}, under {GO_RAW}"
    if score.settled < GO_ASSESSED:
        yield f"{_assessed(score)} was assessed, under {GO_ASSESSED} %"
    if run.has_database and "isolation" not in {area.name for area in score.areas}:
        yield "isolation between tenants is not in scope"
    elif run.has_database and not _isolation_attacked(results):
        yield "isolation between tenants was not attacked"


def _assessed(score: Score) -> str:
    """Say how much was assessed; without what fails it is never more."""
    if score.assessed < GO_ASSESSED:
        return f"{floor(score.assessed)} %"
    return f"{floor(score.settled)} % of what does not fail"


def _isolation_attacked(results: Sequence[CheckResult]) -> bool:
    return any(
        result.area == "isolation" and result.applies and result.strength is Strength.ATTACKED
        for result in results
    )


def sentence(decided: Decided, in_scope: Sequence[str], out_of_scope: Sequence[str]) -> str:
    """Say the decision in words: the worst reason when it is bad, the scope when it is good."""
    word = decided.value.value.upper()
    if decided.value is Decision.GO:
        scope = f"{word} for {', '.join(in_scope)}"
        return f"{scope}; not in scope: {', '.join(out_of_scope)}." if out_of_scope else f"{scope}."
    more = len(decided.reasons) - 1
    tail = f" And {more} more reason{'s' if more > 1 else ''}." if more else ""
    reason = decided.reasons[0].rstrip(".") + "."
    return f"{word}. {reason}{tail}"
