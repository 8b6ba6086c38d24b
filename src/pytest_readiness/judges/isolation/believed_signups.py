"""Which code takes over what users say of themselves as they sign up: one cause, wherever it lets them in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.requests import said_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Function

_SHOWN = 3
"""Relations that are named beside the one that a finding is about."""


@dataclass(frozen=True, slots=True)
class Believed:
    """The code that takes over what somebody says of himself.

    Attributes:
        cause: Its name, by which all that follows from it is one finding.
        by: What it does, for people.
        mend: What mends it.
    """

    cause: str
    by: str
    mend: str


def believing(functions: Iterable[Function], keys: Iterable[str]) -> tuple[Function, ...]:
    """Return the functions that read some of what users say of themselves; triggers come first."""
    found = [one for one in functions if {claim.name for claim in said_in([one.body])} & {*keys}]
    return tuple(sorted(found, key=lambda one: (not one.attached, one.signature)))


def believed(functions: Iterable[Function], keys: Iterable[str], triggers: Iterable[str]) -> Believed:
    """Return what is to be said of functions that take over what users say of themselves.

    Args:
        functions: That do so.
        keys: What was said, by the keys that the functions ask for.
        triggers: That run them, for people.
    """
    names = " and ".join(f"{one.name}()" for one in functions)
    said, run = " and ".join(sorted(keys)), ", ".join(triggers)
    through = f", run by {run}," if run else ""
    by = f"{names}{through} believes {said} in raw_user_meta_data, which whoever signs up writes himself"
    mend = (
        f"Let {names} take no {said} from raw_user_meta_data: whoever signs up says there what he likes. "
        "Give new accounts the least, and let somebody who may do so give more, or take it from "
        "raw_app_meta_data. The policies that ask for it may stay as they are."
    )
    return Believed(names, by, mend)


def as_well(names: Iterable[str]) -> str:
    """Say where else the same cause lets somebody in; empty if nowhere."""
    known = sorted({*names})
    if not known:
        return ""
    more = f" and {len(known) - _SHOWN} more" if known[_SHOWN:] else ""
    return f" The same goes for {', '.join(known[:_SHOWN])}{more}."
