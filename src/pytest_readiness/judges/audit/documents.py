"""Places within what a column of a log holds: an entry may be one document, or a pair of values a column."""

from __future__ import annotations

import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.catalog import Column
from pytest_readiness.evidence.places import SIDES, WITHIN, is_pair, place
from pytest_readiness.judges.audit.images import image_of
from pytest_readiness.judges.sql.lexis import names, plain, word

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from pytest_readiness.evidence.audit import Row
    from pytest_readiness.evidence.catalog import CatalogEvidence, Relation

_KINDS = {"json", "jsonb", "text"}
_MANY = 40
"""Keys of a document: more is no document of that kind."""


def grown(catalog: CatalogEvidence, log: Relation) -> str:
    """Return the column of a log that holds a list of entries, which becomes longer; empty where none does.

    It is the only one with documents in it, in a row that is written again.
    """
    columns = [column.name for column in log.columns if column.type.removesuffix("[]") in {"json", "jsonb"}]
    spelt = rf"(?:\w+\s*\.\s*)?{word(log.table)}\b"
    again = re.compile(
        rf"\bupdate\s+(?:only\s+)?{spelt}|\binsert\s+into\s+{spelt}[^;]*\bdo\s+update\b", re.IGNORECASE
    )
    bodies = (function.body for function in catalog.functions)
    triggers = (trigger.body for relation in catalog.relations for trigger in relation.triggers)
    texts = (text for text in (*bodies, *triggers) if log.table in names(text))
    return columns[0] if len(columns) == 1 and any(again.search(plain(text)) for text in texts) else ""


def within(log: Relation, entries: Sequence[Row]) -> Iterator[Column]:
    """Yield the places within what the columns of a log hold in these entries, as if they were columns."""
    for column in log.columns if entries else ():
        held = [image_of(entry.get(column.name)) for entry in entries]
        documents = [one for one in held if isinstance(one, dict) and one]
        if column.type.removesuffix("[]") not in _KINDS or len(documents) < len(entries):
            continue
        if all(is_pair(one) for document in documents for one in document.values()):
            yield from (_place(f"{column.name}{WITHIN}{side}", "jsonb") for side in SIDES)
            continue
        keys = dict.fromkeys(key for one in documents for key in one)
        for key in keys if len(keys) <= _MANY else ():
            name = f"{column.name}{WITHIN}{key}"
            yield _place(name, _kind([place(entry, name) for entry in entries]))


def _place(name: str, kind: str) -> Column:
    return Column(name=name, quoted="", type=kind, kind="b", not_null=False, default="", writable=True)


def _kind(held: Sequence[Any]) -> str:
    """Return what stands in a place, as a type of the server's."""
    told = [one for one in held if one is not None]
    if told and all(isinstance(one, str) and _is_time(one) for one in told):
        return "timestamp with time zone"
    return "text" if all(isinstance(one, str) for one in told) else "jsonb"


def _is_time(text: str) -> bool:
    try:
        return ":" in text and bool(datetime.fromisoformat(text))
    except ValueError:
        return False
