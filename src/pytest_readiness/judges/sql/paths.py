"""Where the server looks for names that a function says without a schema."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pytest_readiness.evidence.catalog import Function

_SAYS = "search_path="
_NAME = re.compile(r'"((?:[^"]|"")*)"|([^,\s"]+)')
_OWNERS = "$user"


def searched_by(function: Function) -> list[str]:
    """Return the schemas in which a function looks for names, as it says or as it is usual.

    That of the user is its owner's, where it runs with his rights.
    """
    path = next((one for one in function.config if one.startswith(_SAYS)), f"{_SAYS}public")
    found = (
        quoted.replace('""', '"') or bare.lower() for quoted, bare in _NAME.findall(path.removeprefix(_SAYS))
    )
    return [function.owner if name == _OWNERS else name for name in found if name]


def has_path(function: Function) -> bool:
    """Whether a function says itself where it looks for names."""
    return any(one.startswith(_SAYS) for one in function.config)
