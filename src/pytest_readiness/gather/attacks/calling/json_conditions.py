"""JSON whose names are those of columns: conditions that her row meets, joined in each way that is asked for.

Whoever may join them by OR reaches past what stands before them, where no parentheses hold them together.
"""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from pytest_readiness.judges.sql.condition_documents import holders, words_asked
from pytest_readiness.judges.sql.lexis import names, plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Function, Relation
    from pytest_readiness.evidence.people import Person
    from pytest_readiness.gather.attacks.field import Field

_RELATIONS, _COLUMNS, _WORDS, _MOST = 6, 4, 4, 12


def conditions(field: Field, function: Function, person: Person) -> list[str]:
    """Return documents of conditions that a person's row meets, for a function that goes through them."""
    return list(itertools.islice(map(json.dumps, _conditions(field, function, person)), _MOST))


def _conditions(field: Field, function: Function, person: Person) -> Iterator[dict[str, object]]:
    body = plain(function.body)
    told = words_asked(body)
    near = ((name, field.population.row(name, person.name)) for name in field.texts.nearest(function))
    held = itertools.islice(((name, row) for name, row in near if row), _RELATIONS)
    for holder, (name, row) in itertools.product(holders(body), held):
        relation = field.catalog.relation(name)
        met: dict[str, object] = {}
        for column in _named(field, relation, body) if relation else ():
            met |= {column: row.stored[column]} if row.stored.get(column) is not None else {}
        said = dict(itertools.islice(met.items(), _COLUMNS))
        if len(said) > 1:
            document: dict[str, object] = {holder: said} if holder else dict(said)
            words = [(key, word) for key, known in told.items() for word in known[:_WORDS] if key != holder]
            yield from (document | {key: word} for key, word in words)
            yield document


def _named(field: Field, relation: Relation, body: str) -> list[str]:
    """Return the columns that a body names, or all where it names none, those that say the most first."""
    kept = field.key_columns(relation)
    every = [column.name for column in relation.columns if column.name not in kept]
    return [name for name in every if name in names(body)] or every
