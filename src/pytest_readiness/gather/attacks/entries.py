"""Documents of alice's in which bob is listed with what says that he is let in no more."""

from __future__ import annotations

import json
from functools import reduce
from typing import TYPE_CHECKING, Any

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.judges.owners.document_entries import known_entries, listing, takes_back
from pytest_readiness.judges.sql.reach import deciding_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from pytest_readiness.evidence.catalog import Column, Relation
    from pytest_readiness.gather.attacks.field import Field


def taken_back(field: Field, relation: Relation, column: Column) -> Iterator[str]:
    """Yield such documents, where code looks for the key of the caller in them."""
    row, said = field.population.row(relation.name, ALICE.name), tuple(deciding_of(relation))
    texts = (*said, *(function.body for function in field.texts.called(said)))
    for path in sorted(listing(texts, column)) if row else ():
        document = row.stored.get(column.name) if row else None
        held = (_at(one.get(column.name), path) for one in field.population.held.get(relation.name, ()))
        entries = dict.fromkeys(filter(takes_back, known_entries(relation, column, held)))
        for entry in entries if isinstance(_at(document or {}, path), dict) else ():
            yield json.dumps(_with(document or {}, path, {str(BOB.key(field.cast.user_type)): entry}))


def _at(document: object, path: Iterable[str]) -> object:
    """Return what stands where a path leads; an empty list of people where nothing does."""
    return reduce(lambda inner, key: inner.get(key, {}) if isinstance(inner, dict) else None, path, document)


def _with(document: Any, path: tuple[str, ...], people: dict[str, object]) -> object:  # noqa: ANN401  any JSON
    """Return a document with more people where a path leads."""
    if not path:
        return document | people
    key, *rest = path
    return document | {key: _with(document.get(key, {}), tuple(rest), people)}
