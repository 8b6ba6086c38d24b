"""Values that only look like secrets: whoever counts computes them, one after another."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_HEXADECIMAL = re.compile(r"[0-9a-fA-F-]+")
_LEAST = 8
"""Characters of a digest that are no coincidence."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a value is made of a key.

    Attributes:
        said: Its name, for people.
        sql: The same in SQL, with braces in the place of the key.
        made: Returns the value.
    """

    said: str
    sql: str
    made: Callable[[bytes], str]


def _hashed(name: str, sql: str) -> tuple[Recipe, Recipe]:
    def digest(key: bytes) -> bytes:
        return hashlib.new(name, key, usedforsecurity=False).digest()

    return (
        Recipe(name, f"encode({sql}, 'hex')", lambda key: digest(key).hex()),
        Recipe(f"{name} in base64", f"encode({sql}, 'base64')", lambda key: _plain(digest(key))),
    )


def _plain(found: bytes) -> str:
    return base64.b64encode(found).decode()


RECIPES = (
    Recipe("md5", "md5({})", lambda key: hashlib.md5(key, usedforsecurity=False).hexdigest()),
    *_hashed("sha256", "sha256({})"),
    *_hashed("sha512", "sha512({})"),
    *_hashed("sha1", "digest({}, 'sha1')"),
    Recipe("base64", "encode({}, 'base64')", _plain),
    Recipe("hexadecimal digits", "encode({}, 'hex')", lambda key: key.hex()),
)


def recipe(rows: Iterable[Mapping[str, str | None]], column: str, key: str) -> Recipe | None:
    """Return how the values of a column are made of those of a key; None if nothing plain makes them.

    Args:
        rows: All that are known, as texts.
        column: That looks like a secret.
        key: That everybody can count, or knows.
    """
    pairs = [(value, given) for row in rows if (value := row.get(column)) and (given := row.get(key))]
    fitting = (one for one in RECIPES if all(_is_made(one, value, given) for value, given in pairs))
    return next(fitting, None) if pairs else None


def expression(made: Recipe, value: str, given: str) -> str:
    """Return in SQL how a value is made of a key, which stands in the place of braces."""
    beginning = len(_bare(value)) < len(_bare(made.made(given.encode())))
    return f"left({made.sql}, {len(value)})" if beginning else made.sql


def _is_made(made: Recipe, value: str, given: str) -> bool:
    """Whether a value is made so, or is the beginning of what is."""
    found, said = _bare(made.made(given.encode())), _bare(value)
    return found == said or (len(said) >= _LEAST and found.startswith(said))


def _bare(value: str) -> str:
    """Return a value without what is between its digits and what fills it up, and in one spelling."""
    folded = value.lower() if _HEXADECIMAL.fullmatch(value) else value.replace("_", "/")
    return re.sub(r"[-+=\s]", "", folded)
