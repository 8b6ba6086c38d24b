"""Whether a row that refers to another of its kind was made of it, or is said in answer to it.

A fork of a recipe is a recipe: somebody's own, whatever becomes of the first. A reply is about what it
replies to, in a place that both share, and goes with it.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from pytest_readiness.evidence.ownership import Owners
    from pytest_readiness.judges.isolation.cascades import Hanging

_ANSWERS = re.compile(
    r"(^|_)(parent|repl(y|ies|ied)|answer(s|ed)?|respon(se|ds?|ded)|thread|root|top|quote[sd]?|mention(s|ed)?|"
    r"comment(s|ed)?|message|(re)?post(ed)?|retweet|reblog|boost|prev(ious)?|next|before|after|part|within|"
    r"revis(es|ed|ion)|edit(s|ed)?|amend(s|ed|ment)?|suggest(s|ed|ion)?)(_|$)",
    re.IGNORECASE,
)
"""How keys are called by which a row is said in answer to another, passes it on, amends it, or is a part."""


def is_fork(link: Hanging, owners: Owners) -> bool:
    """Whether rows that refer to another of the same kind are things by themselves.

    They are in no place but their owner's: nothing else that is anybody's holds them.
    """
    if any(_ANSWERS.search(underscored(name)) for name in link.key.columns):
        return False
    people = {*owners.people, *owners.roots}
    others = {key.target for key in link.child.foreign_keys if key.target != link.child.name}
    return not others & owners.owned.keys() - people
