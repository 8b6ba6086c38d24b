"""What leaves a process: built-in types only, however a project's tests decorate their reports."""

from __future__ import annotations

from typing import Any

_SCALARS = {bool, int, float, complex, bytes, type(None)}
_DEPTH = 30


def plain(value: object, depth: int = _DEPTH) -> Any:  # noqa: ANN401  built-in types
    """Return the value in types that pytest-xdist can send.

    It drops a worker whose report it cannot serialise, and the failing test with it.
    """
    if isinstance(value, str):
        return str.encode(value, "utf-8", "backslashreplace").decode()
    if type(value) in _SCALARS:
        return value
    if depth and isinstance(value, dict):
        return {plain(key, 0): plain(item, depth - 1) for key, item in value.items()}
    if depth and isinstance(value, tuple):
        return tuple(plain(item, depth - 1) for item in value)
    if depth and isinstance(value, list | set | frozenset):
        return [plain(item, depth - 1) for item in value]
    return _scalar(value)


def _scalar(value: object) -> object:
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return float(value)
    try:
        return plain(str(value), 0)
    except Exception:  # noqa: BLE001  whatever a project's own type may raise
        return f"<{type(value).__name__}>"
