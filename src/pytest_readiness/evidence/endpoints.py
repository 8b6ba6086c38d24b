"""What limited endpoints answered: observations without judgement."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.evidence.statuses import SUCCESS

if TYPE_CHECKING:
    from pytest_readiness.evidence.admissions import Promise


@dataclass(frozen=True, slots=True)
class Volley:
    """Requests, and how many of them were served.

    Attributes:
        group: ``exact``, ``crowd``, ``boundary``, ``neighbour``, ``elsewhere``, ``process``,
            ``preflight``, ``retrying``, ``bypass``, or, of callers without a credential of their own,
            ``stranger`` or ``guess``.
        what: What was sent, for a person.
        statuses: Of all answers, in order.
        served: How many were answered with success.
        work: How often the handler ran meanwhile; None where nothing tells.
        asked: How many were sent.
    """

    group: str
    what: str
    statuses: tuple[int, ...]
    served: int
    work: int | None
    asked: int


@dataclass(frozen=True, slots=True)
class Refusal:
    """An answer to a request beyond the limit.

    Attributes:
        status: 0 where no answer came.
        headers: Names in lower case.
        body: Its text, shortened.
        leaks: What it tells and should not.
        now: When it came, in seconds of the moved clock since 1970.
        wait: Seconds from then until Retry-After is over; None where it says nothing.
        early: Requests served shortly before Retry-After was over; None where it was not asked.
        late: Requests served right after; None where it was not asked.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    leaks: tuple[str, ...] = ()
    early: int | None = None
    late: int | None = None
    now: float = 0.0
    wait: float | None = None

    def header(self, name: str) -> str:
        """Return all values of a header, joined."""
        return ", ".join(value for key, value in self.headers if key == name)


@dataclass(frozen=True, slots=True)
class Interruption:
    """Requests within the limit while Redis fails.

    Attributes:
        what: Happened to Redis, for a person.
        statuses: 0 where no answer came in time.
        seconds: Until the latest answer.
        back: Statuses of requests once Redis was back; empty where it never was.
        leaks: What answers tell and should not.
    """

    what: str
    statuses: tuple[int, ...]
    seconds: float
    back: tuple[int, ...] = ()
    leaks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LimitedEndpoint:
    """An endpoint under attack.

    Attributes:
        name: Of its limit.
        where: Method and path.
        technique: How time was moved.
        admitted: The answer to a request within the limit.
        broken: Why it could not be attacked; empty when it could.
        instances: How many processes took the requests.
    """

    name: str
    where: str
    promise: Promise
    technique: str
    volleys: tuple[Volley, ...]
    admitted: Refusal | None
    refusals: tuple[Refusal, ...]
    broken: str = ""
    interruptions: tuple[Interruption, ...] = ()
    instances: int = 1

    @property
    def lingering(self) -> tuple[Volley | Refusal | Interruption, ...]:
        """Those in which somebody was refused when what he was told was over, or a window, or an outage."""
        return (
            *(refusal for refusal in self.refusals if refusal.late == 0),
            *(volley for volley in self.of("crowd", "retrying", "boundary") if not volley.served),
            *(volley for volley in self.of("exact") if volley.statuses[0] not in SUCCESS),
            *(seen for seen in self.interruptions if seen.back and not {*seen.back} & {*SUCCESS}),
        )

    @property
    def lingers(self) -> bool:
        """Whether there are any."""
        return bool(self.lingering)

    def of(self, *groups: str) -> tuple[Volley, ...]:
        """Return the volleys of these groups."""
        return tuple(volley for volley in self.volleys if volley.group in groups)


@dataclass(frozen=True, slots=True)
class EndpointEvidence:
    """All limited endpoints that settings declare.

    Attributes:
        absent: Why there are none; empty when there are.
    """

    endpoints: tuple[LimitedEndpoint, ...]
    absent: str = ""
