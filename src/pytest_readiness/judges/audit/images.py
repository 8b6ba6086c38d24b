"""Images of rows in entries: how they are read, and when two values are the same."""

from __future__ import annotations

import json
import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any

_INSTANT = re.compile(r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d(:\d\d(\.\d{1,6})?)?(Z|[+-]\d\d(:?\d\d)?)?")
_ARRAY = re.compile(r"\{[^{}]*\}", re.DOTALL)
_ELEMENT = re.compile(r'"(?P<quoted>(?:[^"\\]|\\.)*)"|(?P<bare>[^{},"]+)', re.DOTALL)


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
    if left == right or _same_parts(one, other) or _same_parts(other, one):
        return True
    if (at := instant(left)) is not None:
        return at == instant(right)
    try:
        return Decimal(left) == Decimal(right)
    except InvalidOperation:
        return False


def instant(held: object) -> datetime | None:
    """Return the time that a text is, as JSON or the server spells it; None where it is none.

    With a zone and without one it is no same time.
    """
    if not isinstance(held, str) or not _INSTANT.fullmatch(held):
        return None
    try:
        return datetime.fromisoformat(held)
    except ValueError:
        return None


def _same_parts(text: object, parts: object) -> bool:
    """Whether a text of the server's, of a document or an array, is what JSON makes of it."""
    if not isinstance(text, str) or not isinstance(parts, dict | list):
        return False
    if isinstance(parts, list) and _ARRAY.fullmatch(text):
        elements = [_element(found) for found in _ELEMENT.finditer(text)]
        alike = zip(elements, parts, strict=False)
        return len(elements) == len(parts) and all(
            left == right or same(left, right) for left, right in alike
        )
    return bool(parsed(text) == parts)


def _element(found: re.Match[str]) -> str | None:
    bare, quoted = found["bare"], found["quoted"]
    if bare:
        return None if bare == "NULL" else bare
    return re.sub(r"\\(.)", r"\1", quoted)


def _text(held: object) -> str:
    if isinstance(held, bool):
        return "t" if held else "f"
    if isinstance(held, dict | list):
        return json.dumps(held, sort_keys=True, default=str)
    return {"true": "t", "false": "f"}.get(str(held), str(held))
