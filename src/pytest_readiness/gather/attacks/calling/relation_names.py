"""Gives functions the names of relations, where what they read or change is what they are told."""

from __future__ import annotations

import itertools
import json
import re
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE, BOB
from pytest_readiness.gather.attacks.calling.injections import ASKED, builds_statements
from pytest_readiness.gather.attacks.meanings import family, fitting
from pytest_readiness.judges.sql.lexis import plain
from pytest_readiness.target.quoting import literal

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, Function, Relation
    from pytest_readiness.evidence.population import SyntheticRow
    from pytest_readiness.gather.attacks.field import Field

_OF_RELATIONS = ("regclass", "oid")
_NAMING = frozenset({"regclass", "regproc", "regprocedure", "regtype", "regrole", "regnamespace"})
_LOOKED_UP = re.compile(r"\bregclass\b|\b(pg_)?(next|set|curr)val\b", re.IGNORECASE)
_COLUMN = re.compile(r"col|field|attr", re.IGNORECASE)
_RELATIONS, _CALLS, _KEYS = 6, 48, 3


def takes_names(field: Field, function: Function) -> bool:
    """Whether what a function is given may be the name of something: it fails on one that there is not."""
    kinds = {argument.type.removesuffix("[]") for argument in function.arguments}
    if kinds & _NAMING:
        return True
    if not any(family(kind) == "text" or kind in {"oid", "json", "jsonb"} for kind in kinds):
        return False
    called = (function, *field.texts.called([function.body]))
    return any(builds_statements(one) or _LOOKED_UP.search(plain(one.body)) for one in called)


def named_relations(field: Field, function: Function) -> tuple[Relation, ...]:
    """Return the relations of others' rows that a function may be told of, those that it mentions first."""
    if not takes_names(field, function):
        return ()
    body, near = function.body, field.texts.function_reach(function)
    private = [
        relation
        for relation in field.catalog.relations
        if relation.name in field.owners.owned
        and relation.name not in field.published
        and field.population.row(relation.name, ALICE.name)
    ]
    private.sort(key=lambda one: (one.name not in near, one.table not in body, one.name))
    return tuple(private[:_RELATIONS])


def calls_by_name(field: Field, function: Function) -> Iterator[tuple[str, ...]]:
    """Yield calls that name a relation in one place, or its schema and it in two, and her key beside."""
    return itertools.islice(dict.fromkeys(_calls(field, function)), _CALLS)


def relations_for(field: Field, argument: Argument, function: Function) -> list[str]:
    """Return what an argument can say that is no name unless it is that of a relation."""
    if argument.type not in _OF_RELATIONS:
        return []
    return [said for one in named_relations(field, function) for said in _spelt(field, argument, one)]


def _spelt(field: Field, argument: Argument, relation: Relation) -> tuple[str, ...]:
    """Return what an argument has to say to mean a relation; nothing where it cannot."""
    kind, cast = argument.type.removesuffix("[]"), f"::{argument.declared}"
    found: list[str] = []
    if kind in _OF_RELATIONS:
        seen = field.cast.user(BOB).role in relation.readable
        found = [f"{literal(relation.name) if seen else _by_catalog(relation)}::regclass"]
    elif family(kind) == "text":
        found = [literal(name) for name in dict.fromkeys((relation.table, relation.name))]
    return tuple((f"array[{one}]" if argument.type.endswith("[]") else one) + cast for one in found)


def _by_catalog(relation: Relation) -> str:
    """Return a relation for whoever may not use its schema: everybody reads the catalog."""
    schema = f"{literal(relation.schema)}::regnamespace"
    return (
        f"(select oid from pg_catalog.pg_class where relname = {literal(relation.table)} "
        f"and relnamespace = {schema})"
    )


def _calls(field: Field, function: Function) -> Iterator[tuple[str, ...]]:
    for relation in named_relations(field, function):
        row = field.population.row(relation.name, ALICE.name)
        beside = tuple(_beside(field, one, function, relation, row) for one in function.arguments)
        for place, argument in enumerate(function.arguments):
            for said in (*_spelt(field, argument, relation), *_documents(argument, function, relation)):
                yield (*beside[:place], said, *beside[place + 1 :])
        yield from _in_two_places(function, relation, beside)


def _in_two_places(
    function: Function, relation: Relation, beside: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    texts = [place for place, one in enumerate(function.arguments) if family(one.type) == "text"]
    for first, second in itertools.pairwise(texts):
        given = list(beside)
        for place, said in ((first, relation.schema), (second, relation.table)):
            given[place] = f"{literal(said)}::{function.arguments[place].declared}"
        yield tuple(given)


def _documents(argument: Argument, function: Function, relation: Relation) -> Iterator[str]:
    """Yield documents of which one member is a name."""
    asked = dict.fromkeys(ASKED.findall(plain(function.body))) if argument.type in {"json", "jsonb"} else ()
    for key, said in itertools.product([*asked][:_KEYS], (relation.table, relation.name)):
        yield f"{literal(json.dumps({key: said}))}::{argument.declared}"


def _beside(
    field: Field, argument: Argument, function: Function, relation: Relation, row: SyntheticRow | None
) -> str:
    """Return what else a call says: the key of a row of hers, or what the key is called."""
    texts = row.texts if row else {}
    columns = (column for name in relation.primary_key if (column := relation.column(name)))
    keys = [(column, texts.get(column.name) or "") for column in columns]
    if family(argument.type) == "text":
        said = [column.name if _COLUMN.search(argument.name) else value for column, value in keys]
    else:
        said = [held for column, value in keys if (held := fitting(column.type, argument.type, value))]
    first = field.arguments.first(argument, function, ALICE)
    return f"{literal(said[0])}::{argument.declared}" if said else first
