"""Writes the reports; a reader sees the old one or the new one, never a part."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from pytest_readiness.report.markdown import markdown
from pytest_readiness.report.sarif import sarif

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def write(folder: Path, report: Mapping[str, Any]) -> Path:
    """Write ``readiness.json``, ``readiness.md`` and ``readiness.sarif``; return the path of the first.

    Raises:
        OSError: The folder cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    ignore = folder / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="utf-8")
    _replace(folder / "readiness.md", markdown(report))
    _replace(folder / "readiness.sarif", sarif(report))
    target = folder / "readiness.json"
    _replace(target, json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    return target


def _replace(path: Path, text: str) -> None:
    partial = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        partial.write_text(text, encoding="utf-8", errors="backslashreplace")
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
