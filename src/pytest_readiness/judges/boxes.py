"""Whether anybody may put a row in somebody's place on purpose: a contact form, a sign-up, a complaint.

Who writes there is no user, so that the row itself says who that is and how to answer; it is about no
money, it gives nobody a right, and its policy names the role of those who did not sign in.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.judges.lexis import plain, word

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Column, Policy, Relation
    from pytest_readiness.evidence.ownership import Owners, Ownership
    from pytest_readiness.judges.texts import Texts

_SENDER = re.compile(
    r"(^|_)(e_?mails?|mail|phone|mobile|tel|telephone|msisdn|whatsapp|contact|reply_to|"
    r"(from|sender|visitor|guest|full|first|last)_?name)(_|$)",
    re.IGNORECASE,
)
"""Names of columns by which somebody without an account says who he is."""

_WRITER = re.compile(
    r"(^|_)(user|author|sender|creator|owner|customer|client|member|patient|student|employee|subscriber|buyer|"
    r"rider|payer|person|applicant|uid)(_?(id|uid|uuid))?$|_by$",
    re.IGNORECASE,
)
"""Names of owners who are as likely to have written the row as to receive it."""

_WEIGHTY = re.compile(
    r"(^|_)(amount|price|total|sum|fee|balance|cents|credits?|debit|points|quantity|qty|currency|paid|payments?|"
    r"role|permissions?|scopes?|admin|approved|verified|granted|password|secret|token|iban|rating|stars|score|vote)"
    r"(_|$)",
    re.IGNORECASE,
)
"""Names of columns that count for something: money, rights, a verdict."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def open_box(relation: Relation, owners: Owners, texts: Texts, nobody: str) -> str:
    """Return the policy by which anybody leaves rows for their owners on purpose; empty if there is none.

    Args:
        relation: A table that is written to.
        owners: Of all relations.
        texts: Of the same catalog.
        nobody: The role of callers who did not sign in.
    """
    owned, held = owners.owned.get(relation.name), relation.privileges.get(nobody)
    if owned is None or held is None or relation.kind not in TABLE_KINDS:
        return ""
    if not _has_one_receiver(relation, owned) or _decides(relation, owners, texts):
        return ""
    written = [c for c in relation.columns if c.name in held.insert]
    if not any(_SENDER.search(_spelt(c.name)) for c in written) or any(map(_is_weighty, written)):
        return ""
    return next((policy.name for policy in relation.policies if _opens(policy, owned, nobody)), "")


def _spelt(name: str) -> str:
    return _CAMEL.sub("_", name)


def _has_one_receiver(relation: Relation, owned: Ownership) -> bool:
    """Whether a row is for one owner, who did not write it."""
    if owned.json or len(owned.columns) > 1:
        return False
    for name in owned.columns:
        column = relation.column(name)
        if name in owned.signed | owned.addressed or _WRITER.search(_spelt(name)):
            return False
        if column is None or column.default:
            return False
    return True


def _decides(relation: Relation, owners: Owners, texts: Texts) -> bool:
    """Whether rows of it give rights: other tables, or functions that go on to others, look at it."""
    if relation.name in {*owners.people, *owners.roots, *(m.relation for m in owners.memberships)}:
        return True
    looking = [name for name in texts.depending.get(relation.name, ()) if name != relation.name]
    tables = (other for name in looking if (other := texts.catalog.relation(name)))
    if any(other.kind in TABLE_KINDS for other in tables):
        return True
    said = (texts.mentioned(function.body) for function in texts.catalog.functions)
    return any(relation.name in names and names - {relation.name} for names in said)


def _is_weighty(column: Column) -> bool:
    base = column.type.split("(")[0]
    return base in {"numeric", "money", "real", "double precision"} or bool(
        _WEIGHTY.search(_spelt(column.name))
    )


def _opens(policy: Policy, owned: Ownership, nobody: str) -> bool:
    """Whether a policy lets those who did not sign in insert, by their role's name, whoever it is for."""
    asked = any(re.search(rf"(?<!\w){word(name)}(?!\w)", plain(policy.check)) for name in owned.columns)
    return policy.permissive and policy.command == "INSERT" and nobody in policy.roles and not asked
