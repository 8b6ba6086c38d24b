"""Times that stand at the beginning of a period in every row: code equates them with a time cut off there."""

from __future__ import annotations

import datetime as dt
import re
from functools import lru_cache
from typing import TYPE_CHECKING

from pytest_readiness.judges.owners.equated import closing, equated, uncast
from pytest_readiness.judges.sql.column_names import Names
from pytest_readiness.judges.sql.texts import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation
    from pytest_readiness.judges.owners.equated import Place

_CUT = re.compile(r"\bdate_trunc\s*\(\s*'(?P<unit>\w+)'", re.IGNORECASE)
_QUARTER, _YEAR = 3, 12
_MONTHS = {"month": 1, "quarter": _QUARTER, "year": _YEAR}


@lru_cache(maxsize=4)
def periods_of(catalog: CatalogEvidence) -> Mapping[Place, str]:
    """Return the columns that any policy, view or function equates with such a time, and the unit."""
    return {
        place: unit
        for text, scope in _texts(catalog)
        for place, unit in _cut(catalog, text, scope)
        if (relation := catalog.relation(place[0])) and (column := relation.column(place[1])) and column.dated
    }


def beginning(unit: str, today: dt.date) -> str:
    """Return the day on which the period of a day begins; of what is shorter, the day itself."""
    if unit == "week":
        return str(today - dt.timedelta(days=today.weekday()))
    months = _MONTHS.get(unit)
    return str(today.replace(day=1, month=(today.month - 1) // months * months + 1) if months else today)


def _texts(catalog: CatalogEvidence) -> Iterator[tuple[str, Relation | None]]:
    for relation in catalog.relations:
        yield from ((text, relation) for policy in relation.policies for text in (policy.using, policy.check))
        yield relation.view, None
    yield from ((function.body, None) for function in catalog.functions)


def _cut(catalog: CatalogEvidence, text: str, scope: Relation | None) -> Iterator[tuple[Place, str]]:
    if "date_trunc" not in text.lower():
        return
    said = uncast(text)
    names = Names(catalog, texts_of(catalog), scope, said)
    for found in _CUT.finditer(said):
        end = closing(said, found.end())
        yield from ((place, found["unit"].lower()) for place in equated(names, said, found.start(), end))
