"""What columns and values are called by which somebody takes what others send.

Who is listed, open or takes bookings has asked for them. Who is merely active has not.
"""

from __future__ import annotations

import re

from pytest_readiness.judges.purpose.visibility import is_public, publishes, publishes_from
from pytest_readiness.judges.sql.lexis import underscored

_STANDING = re.compile(
    r"(^|_)(is)?(active|enabled|actif|activ[oa]|attiv[oa]|ativ[oa]|aktiv|actief|shared?|verified)(_|$)",
    re.IGNORECASE,
)
"""Words of a row that is shown, and invites nobody."""

_INVITES = re.compile(r"(^|_)(allow|receiv)(s|es|ed|ing)?(_|$)", re.IGNORECASE)
"""Words of who takes something, beside those by which he is shown to all."""

_OPENS = re.compile(r"(^|_)(opens|starts|begins|open(ing)?_(from|since|at))(_(at|on))?$", re.IGNORECASE)


def invites(name: str) -> bool:
    """Whether a switch or a value of this name says that others may send something."""
    spelt = underscored(name)
    return not _STANDING.search(spelt) and bool(_INVITES.search(spelt) or publishes(name) or is_public(name))


def opens_from(name: str) -> bool:
    """Whether a time of this name is one from which on others may send something."""
    return publishes_from(name) or bool(_OPENS.search(underscored(name)))
