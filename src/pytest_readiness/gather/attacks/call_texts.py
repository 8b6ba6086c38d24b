"""Writes the calls of functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pytest_readiness.gather.attacks.attempts import QUERY

if TYPE_CHECKING:
    from collections.abc import Iterable

    from pytest_readiness.evidence.catalog import Function


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
