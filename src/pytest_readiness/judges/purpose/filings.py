"""Whether rows are filed under another as under a label: spendings under a category, and not votes in a poll.

A vote, a mark in a book or a place at an event is about the row that it refers to, and goes with it: there is
one of each person. What is filed says something by itself, as often as its owner likes, and the label that it
stands under says nothing but its name.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.weights import is_weighty
from pytest_readiness.judges.sql.lexis import underscored

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.evidence.ownership import Ownership
    from pytest_readiness.judges.isolation.cascades import Hanging

_ATTRIBUTE = re.compile(
    r"(^|_)(colou?r|icon|emoji|slug|kind|type|locale|lang(uage)?|sort|position|order|rank|default)(_|$)",
    re.IGNORECASE,
)
"""How columns are called that say how a label looks and where it stands."""

_ASKED = re.compile(r"(^|_)(question|subject|topic|body|content|text|message|prompt)(_|$)", re.IGNORECASE)
"""How the one text of a row is called that is more than a name: what is said there, others answer."""


def is_filed(link: Hanging, parent: Relation, above: Ownership, owned: Ownership) -> bool:
    """Whether rows that refer to another are filed under it.

    Args:
        link: How they refer to it.
        parent: What they refer to.
        above: Whose rows of that are.
        owned: Whose the rows themselves are.
    """
    child, key = link.child, link.key
    if not owned.users or {*owned.columns} & {*key.columns} or not above.users:
        return False
    once = any(
        {*columns} <= {*key.columns, *owned.columns, *_times(child)} and {*columns} & {*key.columns}
        for columns in child.all_keys
    )
    return not once and _says_something(child, owned) and _is_label(parent, above)


def _says_something(child: Relation, owned: Ownership) -> bool:
    """Whether a row has a text of its own, or is about money."""
    return any(column.is_text or is_weighty(column) for column in _content(child, owned))


def _is_label(parent: Relation, above: Ownership) -> bool:
    """Whether a row is a name, and at most how it looks."""
    content = _content(parent, above)
    said = [column for column in content if not _ATTRIBUTE.search(underscored(column.name))]
    return len(said) == 1 and said[0].is_text and not _ASKED.search(underscored(said[0].name))


def _content(relation: Relation, owned: Ownership) -> list[Column]:
    keys = {*relation.primary_key, *owned.columns, *(n for key in relation.foreign_keys for n in key.columns)}
    return [c for c in relation.columns if c.name not in keys and not c.dated and c.type != "boolean"]


def _times(relation: Relation) -> frozenset[str]:
    return frozenset(column.name for column in relation.columns if column.dated)
