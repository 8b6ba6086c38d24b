"""SQL text that a person can paste: names and values quoted as the server does it."""

from __future__ import annotations

import re


def identifier(name: str) -> str:
    """Return a name in double quotes."""
    return '"' + name.replace('"', '""') + '"'


def set_local(setting: str, value: str) -> str:
    """Return the statement that makes a setting until the transaction ends; its name may be a word of SQL."""
    return f"select set_config({literal(setting)}, {literal(value)}, true);"


_LITERAL = re.compile(r"\bE'(?:[^'\\]|''|\\.)*'|'(?:[^']|'')*'", re.DOTALL)


def literals(sql: str) -> frozenset[str]:
    """Return the literals in statements, spelt as they are there."""
    return frozenset(_LITERAL.findall(sql))


def literal(value: str | None) -> str:
    """Return a value as a literal without a type; the server reads it as what it is assigned to."""
    if value is None:
        return "null"
    text = "'" + value.replace("'", "''") + "'"
    return "E" + text.replace("\\", "\\\\") if "\\" in value else text
