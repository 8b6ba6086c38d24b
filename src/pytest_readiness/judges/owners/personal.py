"""Whether rows that name no user of the system are somebody's all the same, whom they say how to reach."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import says_everybody
from pytest_readiness.judges.sql.lexis import names, underscored

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation

_PERSONAL = re.compile(
    r"(^|_)(e?_?mail(_address)?|phone(_(no|number))?|mobile(_(no|number))?|msisdn|birth\w*|dob|ssn|passport\w*|iban|"
    r"street|(home|postal|billing|delivery|shipping)_address|(first|last|full|sur|given|family|birth)_?name|"
    r"diagnos\w*|"
    r"t[eé]l[eé]phone|portable|courriel|nachname|vorname|geburts\w*|handy\w*|telefon\w*|correo|apellidos?|cognome|"
    r"achternaam|voornaam|sobrenome)$",
    re.IGNORECASE,
)
"""What is said of a person, and of hardly anything else."""

_PLACES = re.compile(
    r"(^|_)(contact|supplier|vendor|provider|partner|venue|location|place|shop|store|branch|office|clinic|hotel|agenc|"
    r"compan|organi[sz]ation|director|listing|sender|channel)",
    re.IGNORECASE,
)
"""Tables of what is reached at an address as well, and is no person."""

_FOR_ALL = re.compile(
    r"(^|_)(template|layout|preset|sample|example|demo|setting|config|default|vorlage|mod[eè]le|plantilla|modello)",
    re.IGNORECASE,
)
"""Tables of what is made for all to use."""


def is_of_a_person(name: str) -> bool:
    """Whether a column of this name says of a person what hardly anything else has, and others may guess."""
    return bool(_PERSONAL.search(underscored(name)))


def says_who(relation: Relation, users: Collection[str], roles: Collection[str]) -> tuple[str, bool] | None:
    """Return the column by which rows that name no user are a person's, and whether each of them is one's.

    None where nothing of the kind is shown to these roles, or a policy says that everybody is meant.

    Args:
        relation: A table of which everybody reads these rows.
        users: Its columns that would name a user.
        roles: Of those who read them.
    """
    meant = (p for p in relation.policies if p.permissive and names(p.using) & {*users})
    if any(says_everybody(policy.name) for policy in meant) or _FOR_ALL.search(underscored(relation.table)):
        return None
    found = list(_shown(relation, {*users}, roles))
    needed = [column for column in found if column.not_null and not column.default]
    sure = bool(needed) and not _PLACES.search(underscored(relation.table))
    return ((needed or found)[0].name, sure) if found else None


def _shown(relation: Relation, users: Collection[str], roles: Collection[str]) -> Iterator[Column]:
    shown = {name for role in roles if role in relation.readable for name in relation.readable[role]}
    for column in relation.columns:
        if column.name in shown and column.name not in users and _PERSONAL.search(underscored(column.name)):
            yield column
