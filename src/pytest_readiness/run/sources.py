"""Which functions a project means clients to call: what its migrations grant, and what its programs name."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from pytest_readiness.evidence.catalog import Function

_PROGRAM = re.compile(
    r"\.(tsx?|jsx?|mjs|cjs|vue|svelte|dart|swift|kt|java|py|go|rb|cs|php|rs|exs?|elm)$", re.IGNORECASE
)
_PASSED_OVER = re.compile(
    r"^(\..*|node_modules|vendor|dist|build|target|venv|site-packages|__pycache__|readiness(-report)?)$"
)
_FILES = 5_000
_SIZE = 1_000_000
_GRANT = r"grant\s+(?:execute|all)\b[^;]*\bon\s+(?:function|procedure|routine)\s+[^;]*\b{name}\b[^;]*\bto\b"


def meant_for_clients(
    functions: Iterable[Function], migrations: Iterable[Path], root: Path
) -> dict[str, str]:
    """Return the functions that are granted by name or called by programs, and where.

    Args:
        functions: That clients may call.
        migrations: Files of SQL.
        root: Of the project.
    """
    todo = {function.signature: _name(function) for function in functions if function.callers}
    found: dict[str, str] = {}
    for path in migrations if todo else ():
        text = path.read_text(encoding="utf-8", errors="replace")
        for signature, name in todo.items():
            granted = re.search(_GRANT.format(name=re.escape(name)), text, re.IGNORECASE)
            if granted and re.search(r"\b(anon|authenticated|public)\b", _to(text, granted.end())):
                found.setdefault(signature, f"{path.name} grants it by name")
    for path in _programs(root) if todo.keys() - found.keys() else ():
        text = path.read_text(encoding="utf-8", errors="replace")
        for signature, name in todo.items():
            if re.search(rf"['\"`/.]{re.escape(name)}['\"`(]", text):
                found.setdefault(signature, f"{path.relative_to(root).as_posix()} names it")
    return found


def _name(function: Function) -> str:
    return function.name.rpartition(".")[2].strip('"')


def _to(text: str, place: int) -> str:
    return text[place : text.find(";", place)]


def _programs(root: Path) -> Iterator[Path]:
    seen = 0
    for folder, inside, files in os.walk(root):
        inside[:] = sorted(name for name in inside if not _PASSED_OVER.match(name))
        for name in sorted(files):
            path = root.__class__(folder) / name
            if not _PROGRAM.search(name) or seen >= _FILES or path.stat().st_size > _SIZE:
                continue
            seen += 1
            yield path
