"""Policies whose names say in a sentence that everybody reads what their table is called after.

The documentation of the platform has it so of profiles, and whoever copies it leaves the word: a sentence
counts where it names its own table, of what people write or show, and of nothing that is between few.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import before_the_sentence, is_sensitive, shows_private
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from collections.abc import Collection

    from pytest_readiness.evidence.catalog import Policy, Relation

_OF_FEW = re.compile(
    r"(^|_)(contract|agreement|lease|invoice|bill|receipt|quote|estimate|order|cart|checkout|purchase|payment|payout|"
    r"refund|transaction|transfer|wallet|loan|debt|expense|earning|budget|donation|pay_?slip|pay_?roll|subscription|"
    r"booking|appointment|reservation|visit|consultation|session|prescription|treatment|symptom|patient|case|claim|"
    r"complaint|report|ticket|incident|application|applicant|candidate|submission|request|lead|prospect|contact|"
    r"customer|client|employee|member|user|account|login|device|permission|role|grant|consent|invite|invitation|"
    r"membership|grade|mark|exam|score|attempt|diary|diaries|journal|mood|memo|draft|reminder|alert|notification|"
    r"chat|conversation|dm|inbox|mail|letter|file|document|attachment|upload|record|log|audit|history|event_log|"
    r"task|to_?do|medication|allergy|allergies|workout|weight|measurement|meal|sleep|habit|goal|time_?sheet|shift|trip|"
    r"bookmark|block|friendship|feedback|child|children|"
    r"setting|preference|config|credential|subscriber|waitlist|follower_request|vote|ballot|answer_key)s?"
    r"(_|$)",
    re.IGNORECASE,
)
"""What tables are called that hold what is between a person and few others."""


def published_by_sentence(relation: Relation, roles: Collection[str], strangers: Collection[str]) -> str:
    """Return the policy that says in a sentence of its own table that everybody reads it; empty if none.

    It has to be for SELECT alone, without any condition, and for those who did not sign in as well.

    Args:
        relation: Whose rows belong to users, and to no tenant.
        roles: Of all clients, to none of whom anything is shown that nobody publishes.
        strangers: Those of them who did not sign in.
    """
    table = underscored(relation.table).lower()
    one = "_".join(map(_last, table.split("_")))
    if _OF_FEW.search(table) or is_sensitive(table) or is_sensitive(one):
        return ""
    if not relation.readable.keys() & {*strangers} or shows_private(relation, roles):
        return ""
    said = (policy for policy in relation.policies if _is_for_all(policy, strangers))
    return next((policy.name for policy in said if _names(policy.name, table)), "")


def is_of_few(table: str) -> bool:
    """Whether the last word of a table's name says that its rows are between a person and few others."""
    return bool(_OF_FEW.search(_last(underscored(table).lower())))


def _is_for_all(policy: Policy, strangers: Collection[str]) -> bool:
    open_ = policy.permissive and policy.command == "SELECT" and policy.using.strip("() ") == "true"
    return open_ and bool({"public", *strangers} & {*policy.roles})


def _names(policy: str, table: str) -> bool:
    """Whether a policy's name is such a sentence, and speaks of what a table is called."""
    about = before_the_sentence(policy)
    return _last(table) in {_last(word.lower()) for word in about.split()}


def _last(name: str) -> str:
    """Return the last word of a name, of several things as of one."""
    return re.sub(r"ies$", "y", name.rpartition("_")[2]).rstrip("s")
