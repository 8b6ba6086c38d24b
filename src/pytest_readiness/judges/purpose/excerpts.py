"""Views that are called public, after the table of which they leave out what nobody publishes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from pytest_readiness.judges.purpose.publication import is_sensitive, shows_private
from pytest_readiness.judges.purpose.visibility import (
    hides,
    is_confided,
    is_public,
    is_usual,
    is_withdrawn,
    publishes,
    publishes_from,
    withholds,
)
from pytest_readiness.judges.sql.lexis import names, plain, underscored

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from pytest_readiness.evidence.catalog import Column, Relation

_PUBLIC = (
    r"public|published|öffentliche?|oeffentliche?|p[uú]blic[oa]s?|publiques?|publi[ée]e?s?|pubblic(o|a|i|he)|"
    r"openbare?|publieke?"
)
_CALLED = re.compile(rf"^(v_)?(?:(?:{_PUBLIC})_(?P<after>\w+?)|(?P<before>\w+?)_(?:{_PUBLIC}))(_v|_view)?$")
_FEATURE = re.compile(r"^(?!is_|was_)\w+_(enabled|on)$", re.IGNORECASE)
"""What is switched on for somebody, which says nothing of who sees him."""

_FILTER = re.compile(r"\bwhere\b.*", re.IGNORECASE | re.DOTALL)


def is_excerpt(
    view: Relation,
    table: Relation,
    roles: Collection[str],
    words: Callable[[Column], Sequence[str]],
) -> bool:
    """Whether a view is for the public by its name, and by what it leaves out of a table.

    What tells there which rows are for everybody has to be asked by the view; whether somebody is active
    may as well be shown, to those who ask.

    Args:
        view: That strangers read.
        table: The only one that it shows rows of.
        roles: Of all clients, to none of whom anything is shown that nobody publishes.
        words: The values of a column that are known.
    """
    shown = {column.name for column in view.columns}
    left_out = {column.name for column in table.columns} - shown
    if not _is_called_after(view.table, table.table) or not any(map(is_sensitive, left_out)):
        return False
    if shows_private(view, roles) or not shown <= {column.name for column in table.columns}:
        return False
    asked = names(" ".join(_FILTER.findall(plain(view.view))))
    telling = [column for column in table.columns if column.name not in asked and _tells(column, words)]
    return all(is_usual(column.name) and column.name in shown for column in telling)


def _is_called_after(view: str, table: str) -> bool:
    """Whether a view is called as a table is, and public."""
    said = _CALLED.match(underscored(view).lower())
    return said is not None and _one(said["after"] or said["before"]) == _one(underscored(table).lower())


def _one(name: str) -> str:
    return re.sub(r"ies$", "y", name).rstrip("s")


def _tells(column: Column, words: Callable[[Column], Sequence[str]]) -> bool:
    """Whether a column says of a row that it is for everybody, or for fewer."""
    name = column.name
    if column.type == "boolean" or column.dated:
        shows = (publishes(name) and not _FEATURE.match(name)) or publishes_from(name) or hides(name)
        return shows or is_confided(name) or is_withdrawn(name) or withholds(name, in_tenant=False)
    return any(is_public(word) or is_withdrawn(word) or is_confided(word) for word in words(column))
