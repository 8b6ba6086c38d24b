"""Documents for functions that write into a row whatever one says of it: the caller's own, and more."""

from __future__ import annotations

import itertools
import json
from typing import TYPE_CHECKING

from pytest_readiness.evidence.catalog import TABLE_KINDS
from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.gather.attacks.field import Field
    from pytest_readiness.gather.synthesis.refusals import Values

_MOST = 40
"""Documents for one argument."""


def patched(
    field: Field, function: Function, ranks: Callable[[Relation], Iterator[Values]]
) -> Iterator[tuple[str, ...]]:
    """Yield calls that say of the caller's own row what it is not, where a function takes a document.

    Args:
        field: With the rows of people.
        function: What is called.
        ranks: Values of a relation that may give rank, of one column at a time.
    """
    own = next(field.arguments.own(function), ())
    relations = _mentioned(field, function)
    for place, argument in enumerate(function.arguments[: len(own)]):
        meant = [r for r in relations if r.name == argument.type] or relations
        documents = (_spelt(argument, said) for relation in meant for said in _said(field, relation, ranks))
        for document in itertools.islice(filter(None, documents), _MOST):
            yield (*own[:place], document, *own[place + 1 :])


def _spelt(argument: Argument, said: dict[str, object]) -> str:
    """Return a document as a JSON or as a row; empty where an argument takes neither."""
    if argument.type in {"json", "jsonb"}:
        return f"{literal(json.dumps(said))}::{argument.declared}"
    if argument.kind == "c":
        return f"jsonb_populate_record(null::{argument.declared}, {literal(json.dumps(said))})"
    return ""


def _said(
    field: Field, relation: Relation, ranks: Callable[[Relation], Iterator[Values]]
) -> Iterator[dict[str, object]]:
    """Yield bob's row in alice's place, with rank, and both."""
    mine, hers = (field.population.row(relation.name, person.name) for person in (BOB, ALICE))
    owned = field.owners.owned.get(relation.name)
    if mine is None or owned is None:
        return
    names = {*owned.tenants, *(name for key in relation.foreign_keys for name in key.columns)}
    names -= {*owned.users, *relation.primary_key}
    place = {name: value for name, value in hers.stored.items() if name in names} if hers else {}
    yield mine.stored | place
    for rank in ranks(relation):
        yield mine.stored | place | rank
        if place:
            yield mine.stored | rank


def _mentioned(field: Field, function: Function) -> list[Relation]:
    found = (field.catalog.relation(name) for name in sorted(field.texts.mentioned(function.body)))
    return [relation for relation in found if relation and relation.kind in TABLE_KINDS]
