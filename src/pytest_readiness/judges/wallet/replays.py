"""The text by which a run of several sessions is brought about again."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from pytest_readiness.evidence.wallet import BETWEEN, HOLD, OWN_LEVEL
from pytest_readiness.settings.wallet import Level

if TYPE_CHECKING:
    from pytest_readiness.evidence.wallet import Exploration, Observed

FORM = "TECHNIQUE/SCENARIO/LEVEL/SCHEDULE"
TECHNIQUES = (HOLD, BETWEEN)
LEVELS = (*get_args(Level), OWN_LEVEL)
_READ = re.compile(r"(?P<technique>\w+)/(?P<scenario>[a-z0-9-]+)/(?P<level>[a-z-]+)/(?P<schedule>[0-9]+)")


@dataclass(frozen=True, slots=True)
class Replay:
    """Which run it is.

    Attributes:
        technique: Where sessions are held.
        scenario: Its title, in a form that no shell changes.
        level: Isolation level.
        schedule: One digit a step: the number of the session that goes on.
    """

    technique: str
    scenario: str
    level: str
    schedule: str

    def __str__(self) -> str:
        return "/".join((self.technique, self.scenario, self.level.replace(" ", "-"), self.schedule))

    @property
    def command(self) -> str:
        """What a person runs."""
        return f"pytest-readiness replay {self}"


def replay(exploration: Exploration, observed: Observed) -> Replay:
    """Return what brings an outcome about again."""
    return Replay(exploration.technique, slug(exploration.scenario), exploration.level, observed.schedule)


def read(text: str) -> Replay:
    """Read what a report says.

    Raises:
        ValueError: It has another form, or names a level or technique that does not exist.
    """
    found = _READ.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"{text!r} is no replay; a report has it as {FORM}")
    level = found["level"].replace("-", " ")
    for name, value, known in (("technique", found["technique"], TECHNIQUES), ("level", level, LEVELS)):
        if value not in known:
            raise ValueError(f"{text!r} has the {name} {value}; there are: {', '.join(known)}")
    return Replay(found["technique"], found["scenario"], level, found["schedule"])


def slug(title: str) -> str:
    """Return a title in letters, digits and hyphens."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")
