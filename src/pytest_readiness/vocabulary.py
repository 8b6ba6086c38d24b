"""The vocabulary of a check: how it is declared, and what it may say.

A check is a named guarantee: a pure function from evidence to findings, one finding per subject.
The decorators only attach metadata; nothing is registered by importing a module.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable

F = TypeVar("F", bound="Callable[..., Any]")

CHECK_ATTRIBUTE = "__readiness_check__"
GATHERER_ATTRIBUTE = "__readiness_gatherer__"


class Severity(Enum):
    """How much a failure matters. A blocker alone forbids the release; ``info`` has no weight."""

    BLOCKER = "blocker"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"
    INFO = "info"

    @property
    def weight(self) -> int:
        """Weight of a check within its area."""
        return {"blocker": 10, "high": 6, "medium": 3, "low": 1, "info": 0}[self.value]


class Strength(Enum):
    """How evidence was had, from a claim to an attack that was carried out."""

    DECLARED = "declared"
    SOURCE = "source"
    CATALOG = "catalog"
    SIMULATED = "simulated"
    ATTACKED = "attacked"

    @property
    def rank(self) -> int:
        """Position in the order of strength, 0 being the weakest."""
        return list(Strength).index(self)


class Category(Enum):
    """Groups of areas, as the report shows them."""

    SECURITY = "security"
    INTEGRITY = "integrity"
    RELIABILITY = "reliability"
    TESTING = "testing"
    DEVOPS = "devops"
    DOCUMENTATION = "documentation"


class Status(Enum):
    """What is known of one subject. ``unknown`` is never a pass."""

    PASSED = "passed"
    FAILED = "failed"
    UNKNOWN = "unknown"


class Damage(Enum):
    """What somebody did with what belongs to another, the worst first."""

    READ = "read"
    CHANGED = "changed"
    INFERRED = "inferred"

    @property
    def rank(self) -> int:
        """Position in the order, 0 being the worst."""
        return list(Damage).index(self)


@dataclass(frozen=True, slots=True)
class Finding:
    """The verdict on one subject.

    Attributes:
        subject: What it is about: a table, a function, an endpoint, a file.
        status: Passed, failed or unknown.
        detail: What was seen, in a sentence for a person.
        reproduce: What to paste to see it again: SQL, a request, a command.
        fix: What to change.
        reason: For ``unknown``: one word or two, such as ``error``, ``lost``, ``skipped``.
        damage: Of a failure: what was done with another's data; None where that is not what failed.
        mechanical: Whether `pytest-readiness fix` knows changes that may mend it.
    """

    subject: str
    status: Status
    detail: str = ""
    reproduce: str = ""
    fix: str = ""
    reason: str = ""
    damage: Damage | None = None
    mechanical: bool = False


def passed(subject: str, detail: str = "") -> Finding:
    """Say that the guarantee was seen to hold for a subject."""
    return Finding(subject, Status.PASSED, detail)


def failed(
    subject: str, detail: str, *, reproduce: str, fix: str = "", damage: Damage | None = None
) -> Finding:
    """Say that the guarantee was seen broken; a failure always says how to see it again."""
    return Finding(subject, Status.FAILED, detail, reproduce, fix, damage=damage)


def unknown(subject: str, detail: str, *, reason: str = "inconclusive", fix: str = "") -> Finding:
    """Say that nothing can be told of a subject, why, and what would change that."""
    return Finding(subject, Status.UNKNOWN, detail, fix=fix, reason=reason)


_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")
"""What a terminal obeys or hides in place of showing it; a tab and the end of a line are shown."""


def visible(text: str) -> str:
    """Return a text with what would steer a terminal written out, as a name in the target may hold it."""
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def visible_in_line(text: str) -> str:
    """Return the same with ends of lines written out as well: findings are told apart by one line."""
    return visible(text).replace("\n", "\\n")


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """The metadata of a check.

    Attributes:
        id: Short and stable, such as ``ISO001``; what waivers and reports refer to.
        title: The guarantee, in the present tense.
        severity: How much a failure matters.
        needs: The weakest evidence that can clear it.
        rationale: Why it matters.
        remediation: How a failure is mended, in general.
        references: Where the facts behind it can be read.
        costs: Whether it tells of time alone: what mends harm may make it fail.
    """

    id: str
    title: str
    severity: Severity
    needs: Strength = Strength.DECLARED
    rationale: str = ""
    remediation: str = ""
    references: tuple[str, ...] = field(default=())
    costs: bool = False


def check(  # noqa: PLR0913  all that is to be said of a check
    *,
    id: str,  # noqa: A002  the word that every report and waiver uses
    title: str,
    severity: Severity,
    needs: Strength = Strength.DECLARED,
    rationale: str = "",
    remediation: str = "",
    references: tuple[str, ...] = (),
    costs: bool = False,
) -> Callable[[F], F]:
    """Declare a function as a check.

    The function takes evidence, matched by the annotations of its arguments, and yields
    :class:`Finding` values, one per subject, passes included. It must be pure: no I/O, no clock.
    """
    spec = CheckSpec(id, title, severity, needs, rationale, remediation, references, costs)

    def declare(function: F) -> F:
        setattr(function, CHECK_ATTRIBUTE, spec)
        return function

    return declare


@dataclass(frozen=True, slots=True)
class GathererSpec:
    """How a gatherer obtains its evidence, and in how many independent parts."""

    strength: Strength
    shards: int = 1
    together: bool = False


def gatherer(*, strength: Strength, shards: int = 1, together: bool = False) -> Callable[[F], F]:
    """Declare a function as the gatherer of the evidence type that it returns.

    With one shard the function takes a ``Target``. With more it takes a ``Target`` and a
    ``Shard`` and returns its part; the evidence type then offers ``merge(parts)``.
    The number of shards is fixed, so that the result does not depend on the number of workers.
    Shards that wait for one another are gathered ``together``, however few CPUs there are.
    """
    spec = GathererSpec(strength, shards, together)

    def declare(function: F) -> F:
        setattr(function, GATHERER_ATTRIBUTE, spec)
        return function

    return declare
