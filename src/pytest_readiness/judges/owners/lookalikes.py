"""What is called like a tenant or a rank, and may be neither: a company in a name, the title of a job."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.lexis import strings, word

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.judges.owners.callers import Hints
    from pytest_readiness.judges.sql.texts import Texts

ROLE = re.compile(
    r"^(role|is_(admin|owner)|permission|permissions|access_level|level|rank|member_type)s?$", re.IGNORECASE
)
"""How columns of ranks are called."""

_TELLING = re.compile(
    r"_(name|title|label|logo|url|website|site|e?mail|phone|address|city|country|type|size|industry|description)$",
    re.IGNORECASE,
)
"""How texts are called that tell of a tenant, and do not say which it is."""

_STATED = re.compile(r"_(status|state|type|kind|tier|level|mode|phase|stage)$", re.IGNORECASE)
"""How texts are called that say as what or how something is, whatever they are compared with."""

_KEY = re.compile(r"(_|(?<=[a-z]))(id|uuid|key|slug|code|ref)$", re.IGNORECASE)


def describes(relation: Relation, user: str, column: Column, hints: Hints) -> bool:
    """Whether a text tells of something: of the state of an account, of a company in an advertisement.

    Where there is one row for each user, what is called like a tenant is the name of one, unless it is
    called like a key or code compares it.
    """
    if not column.is_text or _STATED.search(column.name):
        return column.is_text
    place = (relation.name, column.name)
    compared = {*hints.callers, *hints.looked_up, *hints.asked, *hints.begun, *hints.leading}
    pairs = {one for pair in (*hints.pairs, *hints.through, *hints.carried) for one in pair}
    home = user in relation.single_keys and not _KEY.search(column.name)
    return (home or bool(_TELLING.search(column.name))) and place not in compared | pairs


def may_be_rank(relation: Relation, column: Column, texts: Texts) -> bool:
    """Whether a column is called like a rank, and something says which ranks there are."""
    if not ROLE.match(column.name):
        return False
    said = bool(column.default or column.not_null or listed_words(relation, column))
    refers = any(column.name in key.columns for key in relation.foreign_keys)
    asked = re.compile(
        rf"(?<!\w){re.escape(word(column.name))}(?:::\w+)?\)*\s*(?:=|<>|!=|\bin\b)", re.IGNORECASE
    )
    return (
        said
        or refers
        or not column.is_text
        or any(asked.search(text) for text in texts.all() if relation.table in text)
    )


def listed_words(relation: Relation, column: Column) -> tuple[str, ...]:
    """Return the labels of an enum, or the strings of the checks of a column, in their order."""
    if column.kind == "e":
        return column.labels
    said = [check.definition for check in relation.checks if column.name in check.columns]
    return tuple(dict.fromkeys(text for check in said for text in strings(check)))
