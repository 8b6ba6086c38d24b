"""Finds checks that the catalogue, which reads files and imports none, would leave out without a word."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_PACKAGE = "pytest_readiness"
_DECORATOR = "check"
_MARKS = {"id", "severity"}
"""Keywords that tell our decorator from another of its name."""


def stray(tree: ast.Module) -> tuple[int, str] | None:
    """Return the line of a check that cannot be found, and why; None where there is none.

    Args:
        tree: The file. A check is found as ``@check(…)`` on a function that stands in it at the left margin.
    """
    names, modules = _bound(tree)
    found = {
        id(call.func)
        for node in tree.body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        for call in node.decorator_list
        if isinstance(call, ast.Call) and _last(call.func) == _DECORATOR
    }
    nested = {id(call.func): node.name for node, call in _decorated(tree) if id(call.func) not in found}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Name | ast.Attribute) or id(node) in found:
            continue
        if not _refers(node, names, modules, nested):
            continue
        if id(node) in nested and _last(node) == _DECORATOR:
            return node.lineno, f"{nested[id(node)]} is declared inside of something else"
        return node.lineno, f"`check` of {_PACKAGE} is used under another name, or not as a decorator"
    return None


def _refers(
    node: ast.Name | ast.Attribute, names: set[str], modules: set[str], nested: dict[int, str]
) -> bool:
    if isinstance(node, ast.Name):
        return (node.id in names and isinstance(node.ctx, ast.Load)) or id(node) in nested
    ours = isinstance(node.value, ast.Name) and node.value.id in modules and node.attr == _DECORATOR
    return ours or id(node) in nested


def _bound(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names that the file has for our decorator, and for the modules that it comes from."""
    names: set[str] = set()
    modules: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] == _PACKAGE:
            names |= {alias.asname or alias.name for alias in node.names if alias.name == _DECORATOR}
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == "vocabulary"}
            names |= {_DECORATOR for alias in node.names if alias.name == "*"}
        elif isinstance(node, ast.Import):
            modules |= {alias.asname or alias.name for alias in node.names if alias.name == _PACKAGE}
    return names, modules


def _decorated(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef | ast.AsyncFunctionDef, ast.Call]]:
    """Yield each function that carries our decorator by its name, wherever it came from."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        for call in node.decorator_list:
            if not isinstance(call, ast.Call) or _last(call.func) != _DECORATOR:
                continue
            if {keyword.arg for keyword in call.keywords} >= _MARKS:
                yield node, call


def _last(function: ast.AST) -> str:
    return function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
