"""Functions that take any type, as those that they are for the types that somebody may give them here."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from pytest_readiness.evidence.people import ALICE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytest_readiness.evidence.catalog import Argument, Function
    from pytest_readiness.gather.attacks.field import Field

_ELEMENTS = frozenset(
    {"anyelement", "anynonarray", "anyenum", "anycompatible", "anycompatiblenonarray", "record"}
)
_ARRAYS = frozenset({"anyarray", "anycompatiblearray", "record[]"})
_RANGES = {
    **dict.fromkeys(("anyrange", "anycompatiblerange"), "int4range"),
    **dict.fromkeys(("anymultirange", "anycompatiblemultirange"), "int4multirange"),
}
_ANY = _ELEMENTS | _ARRAYS | _RANGES.keys()
_PLAIN = (("text", "b", ()), ("integer", "b", ()), ("uuid", "b", ()))
_ROWS, _ENUMS = 3, 2

_Kind = tuple[str, str, tuple[str, ...]]
"""A type, what it is as for columns, and its labels."""


def takes_any(function: Function) -> bool:
    """Whether a function has arguments without a type of their own."""
    return any(argument.type in _ANY for argument in function.arguments)


def concrete(field: Field, function: Function) -> list[Function]:
    """Return a function with types in the place of what may be any: rows that are hers first."""
    if not takes_any(function):
        return [function]
    return [_taking(function, kind) for kind in _kinds(field, function)]


def _kinds(field: Field, function: Function) -> Iterator[_Kind]:
    taken = {argument.type for argument in function.arguments}
    if taken & _RANGES.keys():
        yield _PLAIN[1]
    elif "anyenum" in taken:
        columns = (column for relation in field.catalog.relations for column in relation.columns)
        enums = dict.fromkeys((c.type, c.kind, c.labels) for c in columns if c.kind == "e")
        yield from itertools.islice(enums, _ENUMS)
    else:
        yield from ((name, "c", ()) for name in _rows(field, function))
        yield from _PLAIN if not taken & {"record", "record[]"} else ()


def _rows(field: Field, function: Function) -> list[str]:
    """Return relations with a row of hers: those near to the function first, then those that are private."""
    near = field.texts.function_reach(function)
    held = (name for name in field.owners.owned if field.population.row(name, ALICE.name))
    return sorted(held, key=lambda name: (name not in near, name in field.published, name))[:_ROWS]


def _taking(function: Function, kind: _Kind) -> Function:
    arguments = tuple(_argument(argument, kind) for argument in function.arguments)
    returns = _spelt(function.returns, kind[0]) if function.returns not in {"record", "record[]"} else ""
    return replace(function, arguments=arguments, returns=returns or function.returns)


def _argument(argument: Argument, kind: _Kind) -> Argument:
    spelt = _spelt(argument.type, kind[0])
    if not spelt:
        return argument
    labels = kind[2] if argument.type in _ELEMENTS else ()
    return replace(argument, type=spelt, declared=spelt, kind=kind[1], labels=labels)


def _spelt(declared: str, element: str) -> str:
    """Return what stands for a type that is any; empty for one that is not."""
    if declared in _ARRAYS:
        return f"{element}[]"
    return element if declared in _ELEMENTS else _RANGES.get(declared, "")
