"""Tells functions that clear away what is over: whoever calls one does what the clock would have done.

A lock, an invitation or a draft is gone after its time, and a job deletes it. That anybody may call the job
harms nobody, as long as it says itself what is over, and leaves what is not.
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.states import AS_EVER, QUIETLY
from pytest_readiness.judges.owners.identities import asks
from pytest_readiness.judges.purpose.visibility import ends_ahead
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.attacks import Harm
    from pytest_readiness.evidence.catalog import Function
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.attempts import Attempt
    from pytest_readiness.gather.attacks.field import Field

_ASKS_THE_TIME = re.compile(
    r"\bnow\s*\(|\b(current|local)_?(date|timestamp|time)\b|\b(clock|statement|transaction)_timestamp\s*\(",
    re.IGNORECASE,
)
_TAKEN_AWAY = frozenset({"destroyed", "altered"})
_LONG = "interval '100 years'"


def clears_what_is_over(
    field: Field, function: Function, attempt: Attempt, person: Person | None, harms: Iterable[Harm]
) -> bool:
    """Whether a function without arguments took away what was over, and nothing while it lasts."""
    found = list(harms)
    if function.arguments or not _ASKS_THE_TIME.search(plain(function.body)):
        return False
    if any(harm.kind not in _TAKEN_AWAY for harm in found):
        return False
    called = (function, *field.texts.called([function.body]))
    if any(asks(one) for one in called):
        return False  # what it takes away, it may give to who calls
    relations = {harm.relation for harm in found}
    states = [(*attempt.before, QUIETLY, *_later(field, relations, past), AS_EVER) for past in (True, False)]
    return all(
        not (outcome.state or control.state) and not any(field.harms(tried, outcome, person))
        for tried, outcome, control in field.from_states(replace(attempt, before=one) for one in states)
    )


def _later(field: Field, relations: Iterable[str], past: bool) -> Iterator[str]:  # noqa: FBT001  one of two states
    """Yield statements that put off for long what ends the rows of some tables.

    All else has just been, or lies as far ahead: what is deleted while it is to come is not over.
    """
    just = f"timestamptz {literal(str(dt.datetime.now(dt.UTC) - dt.timedelta(seconds=1)))}"
    for name in sorted(relations):
        relation = field.catalog.relation(name)
        moved = [c for c in relation.columns if c.dated and not c.generated] if relation else []
        sets = (
            f"{c.quoted} = case when {c.quoted} is not null then {just} end"
            if past and not ends_ahead(c.name)
            else f"{c.quoted} = {c.quoted} + {_LONG}"
            for c in moved
        )
        if moved:
            yield f"update {name} set {', '.join(sets)}"
