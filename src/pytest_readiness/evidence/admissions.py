"""What rate limiters said to whom, when: observations without judgement."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from pytest_readiness.vocabulary import Strength

if TYPE_CHECKING:
    from collections.abc import Sequence


@dataclass(frozen=True, slots=True)
class Promise:
    """What a limiter is declared to do.

    Attributes:
        limit: Hits of one key that are admitted in a window.
        window: Seconds.
        guarantee: ``sliding-window-log``, ``sliding-window-counter``, ``token-bucket`` or
            ``fixed-window``; empty when it is not declared.
        counts_refused: Whether refused hits use up budget.
        on_redis_failure: ``refuse`` or ``admit``; empty when it is not declared.
        failure_within: Seconds until a decision without Redis.
        burst: Hits that are admitted at once; 0 where that is the limit.
        tiers: Longer windows of the same limiter, each with its limit: hits, seconds.
    """

    limit: int
    window: float
    guarantee: str = ""
    counts_refused: bool = False
    on_redis_failure: str = ""
    failure_within: float = 1.0
    burst: int = 0
    tiers: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """One request and its answer.

    Attributes:
        start: Before it was asked, in seconds of the moved clock.
        end: After it was answered.
        allowed: Whether it was admitted; None where an exception came instead.
        remaining: As answered; None where the answer has none, like the next two.
        error: The exception, in words.
    """

    start: float
    end: float
    allowed: bool | None
    remaining: float | None = None
    retry_after: float | None = None
    reset_after: float | None = None
    cost: int = 1
    error: str = ""


@dataclass(frozen=True, slots=True)
class Trial:
    """Hits of one key.

    Attributes:
        property: What it is a trial of.
        limit: That the limiter was made with, and its window in seconds.
        what: What was done, for a person.
        asked: How many of the hits, from the first, belong to the preparation.
        burst: How many may be admitted at once; 0 where that is the limit.
    """

    property: str
    limit: int
    window: float
    what: str
    hits: tuple[Hit, ...]
    asked: int = 0
    burst: int = 0

    @builtins.property
    def size(self) -> int:
        """How many may be admitted at once."""
        return self.burst or self.limit


@dataclass(frozen=True, slots=True)
class Race:
    """Hits of one key by several callers at once.

    Attributes:
        budget: How many of them may be admitted.
        seconds: How long it took.
        hung: Callers that had no answer when that was over.
    """

    property: str
    limit: int
    window: float
    what: str
    budget: int
    hits: int
    admitted: int
    seconds: float
    error: str = ""
    hung: int = 0


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A burst of one key, and what was then left to another: ``admitted`` of ``limit`` hits.

    Attributes:
        alone: Hits of a key that were admitted when there was no other.
        callers: How many were asked for.
    """

    property: str
    limit: int
    first: str
    second: str
    admitted: int
    error: str = ""
    alone: int | None = None
    callers: int = 2


@dataclass(frozen=True, slots=True)
class Leftover:
    """What lay in Redis at some moment.

    Attributes:
        keys: Names, each with milliseconds to its end; None for one that never ends.
    """

    property: str
    what: str
    window: float
    keys: tuple[tuple[str, int | None], ...]


@dataclass(frozen=True, slots=True)
class Growth:
    """Bytes of state before and after traffic that needs no more of it."""

    property: str
    what: str
    before: int
    after: int


@dataclass(frozen=True, slots=True)
class Wait:
    """A time that an answer named, and what happened around it.

    Attributes:
        answer: Seconds, as answered; None where the answer has none.
        early: Hits admitted shortly before, None where that could not be asked in time.
        due: Whether there was time before at all, so that it had to be asked.
        late: Hits admitted right after.
        wanted: How many are then due.
        resolution: Seconds that an honest answer may be rounded up by.
    """

    property: str
    limit: int
    window: float
    what: str
    answer: float | None
    early: int | None
    late: int
    wanted: int
    resolution: float
    due: bool


@dataclass(frozen=True, slots=True)
class Outage:
    """A hit while Redis fails.

    Attributes:
        allowed: The decision; None when there was none.
        seconds: How long it took, on the wall clock.
        answered: Whether Redis answered in time, so that it decides.
    """

    property: str
    what: str
    allowed: bool | None
    seconds: float
    error: str = ""
    answered: bool = False


@dataclass(frozen=True, slots=True)
class Untried:
    """What was not tried, and why, beside what was."""

    property: str
    what: str


Observation = Trial | Race | Neighbours | Leftover | Growth | Wait | Outage | Untried


SOURCES = {"short_burst": "worst_window"}
"""Properties that are judged on the trials of another one."""


@dataclass(frozen=True, slots=True)
class Limiter:
    """A limiter under test.

    Attributes:
        name: As settings call it.
        place: ``module:function``.
        technique: How time was moved.
        observations: All, in the order of their making.
        unseen: Properties that could not be observed, each with the reason.
    """

    name: str
    place: str
    promise: Promise
    technique: str
    observations: tuple[Observation, ...]
    unseen: dict[str, str]

    def of(self, prop: str) -> tuple[Observation, ...]:
        """Return the observations that a property is judged on."""
        source = SOURCES.get(prop, prop)
        return tuple(seen for seen in self.observations if seen.property == source)


@dataclass(frozen=True, slots=True)
class AdmissionEvidence:
    """All limiters that settings declare.

    Attributes:
        absent: Why there are none; empty when there are.
        strength: Less where Redis was emulated.
    """

    limiters: tuple[Limiter, ...]
    absent: str = ""
    strength: Strength = Strength.ATTACKED

    @classmethod
    def merge(cls, parts: Sequence[AdmissionEvidence]) -> AdmissionEvidence:
        """Join what was seen of each limiter in all parts."""
        joined = []
        for same in zip(*(part.limiters for part in parts), strict=True):
            seen = tuple(observation for limiter in same for observation in limiter.observations)
            unseen = {prop: why for limiter in same for prop, why in limiter.unseen.items()}
            joined.append(replace(same[0], observations=seen, unseen=unseen))
        strength = min((part.strength for part in parts), key=lambda strength: strength.rank)
        return cls(tuple(joined), parts[0].absent, strength)
