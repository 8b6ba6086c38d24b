"""Whether code says that somebody stands above what he is shown: he oversees it, manages it, leads it.

What a district tells its schools is for those below it. Whoever oversees a unit oversees what is below.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import last_name, underscored

if TYPE_CHECKING:
    from collections.abc import Iterable

_DOES = r"over_?se(e|es|en)|supervis(es?|ed)|manag(es?|ed)|administers?|administered|governs?|governed"
_IS = r"supervisors?|managers?|administrators?|leads?|leaders?|heads?|responsible|in_charge|superiors?"
_ABOVE = re.compile(rf"(^|_)({_DOES}|{_IS})(?!_by)(_|$)", re.IGNORECASE)
_SHOWN = re.compile(rf"(^|[\W_])({_DOES})(?![\W_]by)([\W_]|$)", re.IGNORECASE)


def stands_above(functions: Iterable[str], policies: Iterable[str]) -> bool:
    """Whether functions, or the policies of what they show, are called so.

    Args:
        functions: The names of those that tell who may.
        policies: Those of the policies that ask them; a rank that they are for says nothing of a place.
    """
    asked = any(_ABOVE.search(underscored(last_name(name))) for name in functions)
    return asked or any(_SHOWN.search(underscored(name)) for name in policies)
