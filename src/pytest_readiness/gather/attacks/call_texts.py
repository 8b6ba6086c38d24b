"""Writes the calls of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.attempts import OPENED, QUERY
from pytest_readiness.target.quoting import identifier, literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Argument, Function


_CURSOR = "refcursor"
_NAMED, _UNNAMED = "page", "<unnamed portal 1>"
"""What a cursor is called: as the call says, or as the server calls the first of a session."""


def call_steps(function: Function, arguments: Iterable[str]) -> tuple[str, ...]:
    """Return the call, and what fetches from the cursors that it hands out."""
    taken = any(argument.type == _CURSOR for argument in function.arguments)
    if not taken and _CURSOR not in {function.returns.removeprefix("SETOF "), *function.columns}:
        return (call_sql(function, arguments),)
    name = identifier(_NAMED if taken else _UNNAMED)
    return call_sql(function, arguments), f"{OPENED}fetch all from {name}"


def cursors(argument: Argument) -> list[str]:
    """Return what an argument says that is to be the name of a cursor."""
    return [f"{literal(_NAMED)}::{argument.declared}"] if argument.type == _CURSOR else []


def call_sql(function: Function, arguments: Iterable[str]) -> str:
    """Return the call, as a query of one text column where it returns something."""
    given = listed(function, arguments)
    if function.kind == "procedure":
        return f"call {function.name}({given})"
    return f"{QUERY}select to_jsonb(f)::text from {function.name}({given}) f"


def listed(function: Function, arguments: Iterable[str]) -> str:
    """Return the arguments as a call takes them: a list for VARIADIC, and NULL for what comes out."""
    values = list(arguments)
    given, found = iter(values), []
    for mode in function.modes or "i" * len(values):
        value = "null" if mode == "o" else next(given, "")
        if value:
            found.append(f"variadic {value}" if mode == "v" else value)
    return ", ".join(found)
