"""Images of rows in entries: how they are read, and when two values are the same."""

from __future__ import annotations

import json
from decimal import Decimal, InvalidOperation
from typing import Any


def image_of(held: Any) -> Any:  # noqa: ANN401  whatever the log holds
    """Return what a column of an entry holds as an image: parsed, and alone where it is a list of one row."""
    if isinstance(held, str):
        held = parsed(held)
    if isinstance(held, list) and all(isinstance(one, dict) for one in held):
        return held[0] if len(held) == 1 else held or None
    return held


def is_blank(image: Any) -> bool:  # noqa: ANN401  whatever the log holds
    """Whether an image says nothing of a row: none of its columns holds anything."""
    return not image or (isinstance(image, dict) and all(held is None for held in image.values()))


def parsed(text: str) -> Any:  # noqa: ANN401  JSON
    """Return what a text is as JSON; the text itself where it is none."""
    try:
        return json.loads(text)
    except ValueError:
        return text


def same(one: object, other: object) -> bool:
    """Whether two values are the same, as JSON or as the texts that other types turn them into."""
    if one == other:
        return True
    if one is None or other is None:
        return False
    left, right = _text(one), _text(other)
    if left == right:
        return True
    try:
        return Decimal(left) == Decimal(right)
    except InvalidOperation:
        return False


def _text(held: object) -> str:
    if isinstance(held, bool):
        return "t" if held else "f"
    if isinstance(held, dict | list):
        return json.dumps(held, sort_keys=True, default=str)
    return {"true": "t", "false": "f"}.get(str(held), str(held))
